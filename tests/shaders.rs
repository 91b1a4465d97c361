//! Every shader against naga, without a GPU: it validates with WebGPU's core capabilities, follows this
//! project's rules, and its parameters have the same layout as the Rust struct.

use std::{collections::BTreeSet, fs, path::Path};

use gpucam::internals::gpu::{Field, Shader};
use libtest_mimic::Trial;
use naga::{
    AddressSpace, GlobalVariable, Module, TypeInner,
    valid::{Capabilities, ValidationFlags, Validator},
};

use crate::{branches::branches_on_uniforms, support::test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("shaders::all_are_valid", all_are_valid),
        test("shaders::every_file_is_listed", every_file_is_listed),
        test("shaders::no_branch_depends_on_a_uniform", no_branch_depends_on_a_uniform),
        test("shaders::broken_ones_are_refused", broken_ones_are_refused),
    ]
}

fn shaders() -> impl Iterator<Item = &'static Shader> {
    gpucam::internals::passes::SHADERS
        .iter()
        .chain(gpucam::internals::effects::shaders())
        .chain(gpucam::internals::bench::SHADERS)
}

fn all_are_valid() {
    assert!(shaders().count() > 10, "a test over nothing proves nothing");
    for shader in shaders() {
        check(shader).unwrap_or_else(|why| panic!("{}.wgsl: {why}", shader.name));
    }
}

/// Checks a shader; the error names the fault.
fn check(shader: &Shader) -> Result<(), String> {
    let module = naga::front::wgsl::parse_str(shader.wgsl).map_err(|e| e.emit_to_string(shader.wgsl))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    validator.validate(&module).map_err(|e| e.emit_to_string(shader.wgsl))?;

    let [entry] = &module.entry_points[..] else { return Err("not exactly one entry point".into()) };
    let [x, y, z] = entry.workgroup_size;
    if entry.name != "main" || [x, y] != shader.workgroup || z != 1 {
        return Err(format!("entry point {} of {x}x{y}x{z}, in Rust {:?}", entry.name, shader.workgroup));
    }
    let mut bindings: Vec<_> = module.global_variables.iter().filter_map(|(_, v)| v.binding).collect();
    bindings.sort_by_key(|b| (b.group, b.binding));
    if bindings.iter().zip(0..).any(|(b, i)| b.group != 0 || b.binding != i) {
        return Err(format!("bindings are not 0, 1, … of group 0: {bindings:?}"));
    }
    let layouts = layouts(&module);
    let workgroup: u32 = module
        .global_variables
        .iter()
        .filter(|(_, v)| v.space == AddressSpace::WorkGroup)
        .map(|(_, v)| layouts[v.ty].size)
        .sum();
    if workgroup > 16384 {
        return Err(format!("{workgroup} bytes of workgroup memory, over WebGPU's default of 16384"));
    }
    uniform_matches(&module, shader.uniform)
}

fn layouts(module: &Module) -> naga::proc::Layouter {
    let mut layouter = naga::proc::Layouter::default();
    layouter.update(module.to_ctx()).expect("validated");
    layouter
}

/// Compares every member of the parameters: name, offset and size, in naga's layout and in Rust's.
fn uniform_matches(module: &Module, fields: &[Field]) -> Result<(), String> {
    let layouts = layouts(module);
    let is_uniform =
        |v: &GlobalVariable| v.space == AddressSpace::Uniform || v.name.as_deref() == Some("params");
    let uniform = module.global_variables.iter().find(|(_, v)| is_uniform(v));
    let members: Vec<(String, usize, usize)> = match uniform.map(|(_, v)| &module.types[v.ty].inner) {
        None => Vec::new(),
        Some(TypeInner::Struct { members, .. }) => members
            .iter()
            .map(|m| (m.name.clone().unwrap_or_default(), m.offset as usize, layouts[m.ty].size as usize))
            .collect(),
        Some(other) => return Err(format!("the uniform is no struct but {other:?}")),
    };
    let own: Vec<_> = fields.iter().map(|&(name, offset, size)| (name.to_owned(), offset, size)).collect();
    let span = uniform.map_or(0, |(_, v)| layouts[v.ty].size as usize);
    let own_span = own.last().map_or(0, |(_, offset, size)| offset + size);
    if members == own && span != own_span {
        let missing = span.saturating_sub(own_span) / 4;
        return Err(format!(
            "the uniform takes {span} bytes in WGSL and {own_span} in Rust: end both with {missing} of `padding: u32`"
        ));
    }
    if members == own { Ok(()) } else { Err(format!("uniform in WGSL {members:?}, in Rust {own:?}")) }
}

fn every_file_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let names = ["passes", "effects", "bench", "peers"].into_iter().flat_map(|inner| {
        let entries = fs::read_dir(folder.join(inner)).expect("the folder of shaders");
        entries.filter_map(move |entry| {
            let path = entry.expect("a readable folder").path();
            let is_shader = path.extension().is_some_and(|e| e == "wgsl");
            is_shader.then(|| format!("{inner}/{}", path.file_stem().expect("a name").to_string_lossy()))
        })
    });
    let files: BTreeSet<_> = names.collect();
    let passes = gpucam::internals::passes::SHADERS.iter().map(|shader| format!("passes/{}", shader.name));
    let effects = gpucam::internals::effects::shaders().map(|shader| format!("effects/{}", shader.name));
    let bench = gpucam::internals::bench::SHADERS.iter().map(|shader| shader.name.to_owned());
    let listed: BTreeSet<_> = passes.chain(effects).chain(bench).collect();
    let unlisted = files.difference(&listed).map(|name| {
        let list = match name.split('/').next() {
            Some("passes") => "SHADERS of src/passes/mod.rs",
            Some("effects") => "`shaders` of an effect in ALL of src/effects/registry.rs",
            _ => "SHADERS of src/bench/mod.rs",
        };
        format!("shaders/{name}.wgsl is not in {list}")
    });
    let unlisted: Vec<_> = unlisted.collect();
    assert!(unlisted.is_empty() && files.len() == listed.len(), "\n{}", unlisted.join("\n"));
}

/// Exceptions: a loop over the weights of a kernel, which are read faster from a uniform. llvmpipe does not
/// recompile these, as `tests/cli/growth.rs` shows.
const EXCEPTIONS: &[&str] = &["blur_rows", "blur_columns", "blur_small"];

fn no_branch_depends_on_a_uniform() {
    let found = shaders().filter(|shader| !EXCEPTIONS.contains(&shader.name) && branches_on_uniforms(shader));
    let names: Vec<_> = found.map(|shader| shader.name).collect();
    assert!(names.is_empty(), "their parameters belong in storage, see `gpu::Uniform`: {names:?}");
    // The control: shaders whose memory grew, in their former state.
    for name in ["fit", "disc"] {
        let shader = *shaders().find(|shader| shader.name == name).expect("listed");
        let wgsl = shader.wgsl.replace("var<storage, read> params", "var<uniform> params");
        assert!(branches_on_uniforms(&Shader { wgsl: wgsl.leak(), ..shader }), "{name}");
    }
}

/// The control: each rule refuses a shader that breaks it.
fn broken_ones_are_refused() {
    let good = *shaders().find(|s| s.name == "composite").expect("the composite");
    assert_eq!(check(&good), Ok(()));
    let broken = |from: &str, to: &str| {
        assert!(good.wgsl.contains(from), "{from}");
        let wgsl = good.wgsl.replacen(from, to, 1);
        check(&Shader { wgsl: wgsl.leak(), ..good }).expect_err(to)
    };
    assert!(broken("    texels: vec2u,", "    texels: vec2u,\n    more: u32,").contains("uniform in WGSL"));
    assert!(broken("@group(0) @binding(4)", "@group(0) @binding(9)").contains("bindings"));
    assert!(broken("@group(0) @binding(4)", "@group(1) @binding(4)").contains("bindings"));
    assert!(broken("@workgroup_size(16, 4)", "@workgroup_size(8, 8)").contains("entry point"));
    assert!(broken("let a = alpha", "let a = nothing").contains("nothing"));
    assert!(check(&Shader { uniform: &[("coding", 0, 16)], ..good }).is_err());
}
