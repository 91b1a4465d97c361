//! Accumulates the WGSL of a kernel: bindings, weights, body.

use std::{collections::HashMap, fmt::Write, ops::Range};

use super::spec::{Kernel, KernelBinding};
use super::storage::{COLUMNS, ChannelGroup, PACK8, StorageFormat, UNPACK8};
use crate::gpu::tuning::{ValueFormat, WeightSource};

use crate::model::graph::ValueId;

/// Component names of a vec4.
pub(super) const COMPONENTS: [char; 4] = ['x', 'y', 'z', 'w'];

/// A kernel under construction.
pub(super) struct ShaderWriter {
    bindings: Vec<(KernelBinding, BindingAccess)>,
    /// Weights that all threads of a workgroup read with equal indices: one list per part, all of equal length.
    weights: Vec<Vec<f32>>,
    /// Module-scope declarations other than bindings.
    declarations: String,
    /// Arrays filled at the start of the kernel: (name, expression of vec4 `j`, length in vec4s).
    shared: Vec<(String, String, usize)>,
    /// The start of the body, before any loop: llvmpipe idiom 5.
    prologue: String,
    body: String,
    names: usize,
    /// Content of [`KernelBinding::RuntimeConstants`]: scalars, followed by arrays of whole vec4s.
    runtime_scalars: Vec<f32>,
    runtime_arrays: Vec<f32>,
    /// Indices of the scalars that are offsets of arrays.
    array_offsets: Vec<usize>,
    storage: StorageFormat,
    /// Names of packed elements already loaded, by the expression that loads them.
    read: HashMap<String, String>,
    /// Names of the workgroup arrays that hold this part's groups of a value.
    held: HashMap<ValueId, String>,
}

/// WGSL that applies the exposure.
const EXPOSED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/lib/exposed.wgsl"));

/// How a kernel accesses a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BindingAccess {
    /// Reads vec4s.
    Read,
    /// Reads texels of a float texture.
    ReadTexels,
    /// Reads a single vec4.
    ReadOne,
    /// Reads vec4us of eight packed channels.
    ReadPacked8,
    /// Writes vec4us of eight packed channels.
    WritePacked8,
    /// Writes vec4s.
    Write,
    /// Writes f32s.
    WriteFloats,
    /// Writes texels of a single-channel float texture.
    WriteTexels,
}

impl ShaderWriter {
    pub(super) fn new(parts: usize, storage: StorageFormat) -> Self {
        let (declarations, body) = (String::new(), String::new());
        Self {
            bindings: Vec::new(),
            weights: vec![Vec::new(); parts],
            declarations,
            shared: Vec::new(),
            body,
            names: 0,
            runtime_scalars: Vec::new(),
            runtime_arrays: Vec::new(),
            array_offsets: Vec::new(),
            storage,
            prologue: String::new(),
            read: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// Appends a line to the body.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        self.body.push_str(line.as_ref());
        self.body.push('\n');
    }

    /// Appends a module-scope declaration.
    pub(super) fn declare(&mut self, line: &str) {
        self.declarations.push_str(line);
        self.declarations.push('\n');
    }

    /// Appends a module-scope declaration, unless it is there already.
    pub(super) fn declare_once(&mut self, text: &str) {
        if !self.declarations.contains(text) {
            self.declare(text);
        }
    }

    /// A name that is not used yet. The letter is none of those that types begin with: `f32` is no name.
    pub(super) fn unique_name(&mut self, letter: char) -> String {
        debug_assert!(!['f', 'i', 'u'].contains(&letter));
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    /// The variable of a binding, which is declared at its first use.
    pub(super) fn binding(&mut self, binding: KernelBinding, access: BindingAccess) -> String {
        let wanted = (binding, access);
        let at = self.bindings.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.bindings.push(wanted);
            self.bindings.len() - 1
        });
        format!("b{at}")
    }

    /// Expression that loads a vec4 of a value of more than one pixel, whose planes have `plane` pixels.
    pub(super) fn load(
        &mut self,
        value: ValueId,
        group: &ChannelGroup,
        plane: usize,
        offset: &str,
    ) -> String {
        if !self.storage.is_packed8(plane) {
            return self.load_element(
                value,
                BindingAccess::Read,
                &format!("{} + {offset}", group.plane_offset(plane)),
            );
        }
        let place = format!("{} + {offset}", group.packed8_offset(plane));
        let eight = self.load_element(value, BindingAccess::ReadPacked8, &place);
        self.declare_once(UNPACK8);
        group.unpack_from(&eight)
    }

    /// The same at the top level of the body, where loads are reused.
    pub(super) fn load_cached(
        &mut self,
        value: ValueId,
        group: ChannelGroup,
        plane: usize,
        offset: &str,
    ) -> String {
        let held = self.held.get(&value).cloned();
        let group = if held.is_some() { group.relative_to_part() } else { group };
        if !self.storage.is_packed8(plane) {
            return match held {
                Some(name) => format!("{name}[{} + {offset}]", group.plane_offset(plane)),
                None => self.load(value, &group, plane, offset),
            };
        }
        let place = format!("{} + {offset}", group.packed8_offset(plane));
        let text = match held {
            Some(name) => format!("{name}[{place}]"),
            None => self.load_element(value, BindingAccess::ReadPacked8, &place),
        };
        let eight = self.read.get(&text).cloned().unwrap_or_else(|| {
            let name = self.unique_name('e');
            self.line(format!("let {name} = {text};"));
            self.read.insert(text, name.clone());
            name
        });
        self.declare_once(UNPACK8);
        group.unpack_from(&eight)
    }

    /// Statements that store vec4s of a value of more than one pixel; `group` maps their index to a channel
    /// group.
    pub(super) fn store(
        &mut self,
        value: ValueId,
        group: impl Fn(usize) -> ChannelGroup,
        plane: usize,
        offset: &str,
        vec4s: &[String],
    ) -> String {
        let packed8 = self.storage.is_packed8(plane);
        let mut lines = Vec::new();
        for (k, cell) in self.pack(plane, vec4s).iter().enumerate() {
            let (place, access) = match packed8 {
                true => (group(2 * k).packed8_offset(plane), BindingAccess::WritePacked8),
                false => (group(k).plane_offset(plane), BindingAccess::Write),
            };
            lines.push(self.store_element(value, access, &format!("{place} + {offset}"), cell));
        }
        lines.join("\n")
    }

    /// Expressions of vec4s in their memory format.
    fn pack(&mut self, plane: usize, vec4s: &[String]) -> Vec<String> {
        if !self.storage.is_packed8(plane) {
            return vec4s.to_vec();
        }
        self.declare_once(PACK8);
        let eight = |two: &[String]| {
            format!("eight({}, {})", two[0], two.get(1).map_or("vec4f(0.0)", String::as_str))
        };
        vec4s.chunks(2).map(eight).collect()
    }

    /// Declares a zeroed workgroup array that holds `groups` channel groups of a value, border included.
    /// Returns its name.
    pub(super) fn hold(&mut self, value: ValueId, plane: usize, groups: usize) -> String {
        let name = self.unique_name('x');
        let (kind, count) = match self.storage.is_packed8(plane) {
            true => ("vec4u", groups.div_ceil(2) * plane),
            false => ("vec4f", groups * plane),
        };
        self.declare(&format!("var<workgroup> {name}: array<{kind}, {count}>;"));
        self.shared.push((name.clone(), format!("{kind}()"), count));
        self.held.insert(value, name.clone());
        name
    }

    /// Statements that store all groups of a held value at one offset of its planes.
    pub(super) fn store_held(&mut self, name: &str, plane: usize, place: &str, vec4s: &[String]) -> String {
        let cells = self.pack(plane, vec4s).into_iter().enumerate();
        let lines = cells.map(|(k, cell)| format!("{name}[{}u + {place}] = {cell};", k * plane));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Forgets loads from a scope that has ended.
    pub(super) fn forget_loads(&mut self) {
        self.read.clear();
    }

    /// Expression that loads a vec4 of a 1×1 value.
    pub(super) fn load_single(&mut self, value: ValueId, place: &str) -> String {
        self.load_element(value, BindingAccess::Read, place)
    }

    /// Statement that stores a vec4 of a 1×1 value.
    pub(super) fn store_single(&mut self, value: ValueId, place: &str, vec4: &str) -> String {
        self.store_element(value, BindingAccess::Write, place, vec4)
    }

    /// Ranges of channel groups that share a memory element, and so are best computed together.
    pub(super) fn group_batches(&self, count: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let each = if self.storage.values == ValueFormat::F32 { 1 } else { 2 };
        (0..count).step_by(each).map(move |first| first..(first + each).min(count))
    }

    fn load_element(&mut self, value: ValueId, access: BindingAccess, place: &str) -> String {
        let name = self.binding(KernelBinding::Value(value), access);
        self.storage.read(&name, place)
    }

    fn store_element(&mut self, value: ValueId, access: BindingAccess, place: &str, what: &str) -> String {
        let name = self.binding(KernelBinding::Value(value), access);
        self.storage.write(&name, place, what)
    }

    /// The memory format.
    pub(super) fn storage(&self) -> StorageFormat {
        self.storage
    }

    /// Appends weights, given for each part. Returns the index of the first, in vec4s.
    pub(super) fn weights(&mut self, of: impl Fn(usize) -> Vec<f32>) -> usize {
        let first = self.weights[0].len() / 4;
        for (part, weights) in self.weights.iter_mut().enumerate() {
            weights.extend(of(part));
        }
        debug_assert!(self.weights.iter().all(|w| w.len() == self.weights[0].len() && w.len() % 4 == 0));
        first
    }

    /// Expression of this part's weight at an index in vec4s.
    pub(super) fn weight(&self, at: usize) -> String {
        match (self.storage.weights, &self.weights[..]) {
            (WeightSource::Workgroup, _) => format!("q[{at}u]"),
            (WeightSource::Text, [weights]) if has_literals(weights) => {
                let [x, y, z, w] = [0, 1, 2, 3].map(|c| weights[4 * at + c]);
                format!("vec4f({x:?}f, {y:?}f, {z:?}f, {w:?}f)")
            }
            (_, [_]) => self.storage.read("q", &format!("{at}u")),
            (..) => self.storage.read("q", &format!("weights + {at}u")),
        }
    }

    /// Expression of R'G'B' of the network's input at `place`, a `vec2u` in texels.
    pub(super) fn load_input(&mut self, place: &str) -> String {
        let name = self.binding(KernelBinding::Input, BindingAccess::ReadTexels);
        let exposure = self.binding(KernelBinding::Exposure, BindingAccess::ReadOne);
        self.declare_once(EXPOSED);
        if self.prologue.is_empty() {
            self.prologue = format!("let exposure = {exposure};\n");
        }
        format!("exposed(textureLoad({name}, {place}).rgb, exposure)")
    }

    /// The variable of the runtime constants, an array of vec4s.
    pub(super) fn runtime_constants(&mut self) -> String {
        self.binding(KernelBinding::RuntimeConstants, BindingAccess::Read)
    }

    /// Adds a runtime constant. Returns the expression that loads it.
    pub(super) fn runtime_constant(&mut self, number: f32) -> String {
        // Constants that are equal here may differ in another layer that shares the WGSL, so each has its own
        // element.
        self.runtime_scalars.push(number);
        let at = self.runtime_scalars.len() - 1;
        let name = self.runtime_constants();
        format!("{}.{}", self.storage.read(&name, &format!("{}u", at / 4)), COMPONENTS[at % 4])
    }

    /// Adds an array of whole vec4s to the runtime constants. Returns the expression of its offset, in vec4s.
    pub(super) fn runtime_array(&mut self, content: &[f32]) -> String {
        debug_assert!(content.len().is_multiple_of(4));
        self.array_offsets.push(self.runtime_scalars.len());
        let at = self.runtime_constant((self.runtime_arrays.len() / 4) as f32);
        self.runtime_arrays.extend(content);
        at
    }

    /// Copies `count` vec4s of a 1×1 value to workgroup memory at the start of the kernel, beginning at
    /// `each` times the part. Returns the array's name.
    pub(super) fn copy_to_workgroup(&mut self, value: ValueId, count: usize, each: usize) -> String {
        let first = if each > 0 { format!("group.y * {each}u + ") } else { String::new() };
        let from = self.load_single(value, &format!("{first}j"));
        let name = self.unique_name('g');
        self.declare(&format!("var<workgroup> {name}: array<vec4f, {count}>;"));
        self.shared.push((name.clone(), from, count));
        name
    }

    /// Finishes the kernel. It has `workgroups` workgroups in x and one per part in y.
    pub(super) fn finish(self, label: String, threads: usize, workgroups: usize) -> Kernel {
        let Self {
            mut bindings,
            weights,
            declarations,
            shared,
            body,
            runtime_scalars: mut runtime_constants,
            runtime_arrays,
            array_offsets,
            storage,
            prologue,
            ..
        } = self;
        runtime_constants.resize(runtime_constants.len().next_multiple_of(4), 0.0);
        let first = (runtime_constants.len() / 4) as f32;
        array_offsets.into_iter().for_each(|at| runtime_constants[at] += first);
        runtime_constants.extend(runtime_arrays);
        let parts = weights.len();
        let staged = weights[0].len() / 4;
        let mut text = String::new();
        if storage.textures {
            let _ = writeln!(
                text,
                "fn texel(i: u32) -> vec2u {{ return vec2u(i % {COLUMNS}u, i / {COLUMNS}u); }}"
            );
        }
        let weights_at = bindings.len();
        let in_text = storage.weights == WeightSource::Text && parts == 1 && has_literals(&weights[0]);
        let copies_weights = staged > 0 && storage.weights == WeightSource::Workgroup;
        if staged > 0 && !in_text {
            bindings.push((KernelBinding::Weights, BindingAccess::Read));
        }
        if copies_weights {
            let _ = writeln!(text, "var<workgroup> q: array<vec4f, {staged}>;");
        }
        for (at, (binding, access)) in bindings.iter().enumerate() {
            let name = match binding {
                KernelBinding::Weights if !copies_weights => "q".to_owned(),
                _ => format!("b{at}"),
            };
            let picture = match access {
                BindingAccess::WriteTexels => Some("texture_storage_2d<r32float, write>"),
                BindingAccess::ReadTexels => Some("texture_storage_2d<rgba32float, read>"),
                BindingAccess::Read if storage.textures => Some("texture_storage_2d<rgba32float, read>"),
                BindingAccess::Write if storage.textures => Some("texture_storage_2d<rgba32float, write>"),
                BindingAccess::ReadPacked8 if storage.textures => {
                    Some("texture_storage_2d<rgba32uint, read>")
                }
                BindingAccess::WritePacked8 if storage.textures => {
                    Some("texture_storage_2d<rgba32uint, write>")
                }
                _ => None,
            };
            if let Some(kind) = picture {
                let _ = writeln!(text, "@group(0) @binding({at}) var {name}: {kind};");
                continue;
            }
            let (space, element) = match access {
                BindingAccess::Read | BindingAccess::ReadTexels | BindingAccess::ReadOne => ("read", "vec4f"),
                BindingAccess::ReadPacked8 => ("read", "vec4u"),
                BindingAccess::WritePacked8 => ("read_write", "vec4u"),
                BindingAccess::Write => ("read_write", "vec4f"),
                BindingAccess::WriteFloats | BindingAccess::WriteTexels => ("read_write", "f32"),
            };
            let kind =
                if *access == BindingAccess::ReadOne { element.into() } else { format!("array<{element}>") };
            let _ = writeln!(text, "@group(0) @binding({at}) var<storage, {space}> {name}: {kind};");
        }
        text.push_str(&declarations);
        let _ = writeln!(
            text,
            "@compute @workgroup_size({threads})\nfn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) parts: vec3u, \
             @builtin(local_invocation_index) l: u32) {{"
        );
        text.push_str(&prologue);
        if staged > 0 && !copies_weights && parts > 1 {
            let _ = writeln!(text, "let weights = group.y * {staged}u;");
        }
        if copies_weights {
            let first = if parts > 1 { format!("group.y * {staged}u + ") } else { String::new() };
            let weights = storage.read(&format!("b{weights_at}"), &format!("{first}j"));
            text.push_str(&stage("q", &weights, staged, threads));
        }
        for (name, from, count) in &shared {
            text.push_str(&stage(name, from, *count, threads));
        }
        if copies_weights || !shared.is_empty() {
            text.push_str("workgroupBarrier();\n");
        }
        text.push_str(&body);
        text.push_str("}\n");
        Kernel {
            label,
            wgsl: text,
            weights: weights.concat(),
            runtime_constants,
            bindings: bindings.into_iter().map(|(binding, _)| binding).collect(),
            workgroups: [workgroups as u32, parts as u32],
        }
    }
}

/// Whether WGSL can write all of these numbers: it has no literal that is not finite.
fn has_literals(weights: &[f32]) -> bool {
    weights.iter().all(|weight| weight.is_finite())
}

/// Copies `length` vec4s to workgroup memory with all threads. A loop, because drivers take long to compile
/// loads: llvmpipe idiom 13.
fn stage(to: &str, from: &str, length: usize, threads: usize) -> String {
    format!("for (var j = l; j < {length}u; j += {threads}u) {{ {to}[j] = {from}; }}\n")
}
