//! Validates all generated WGSL with naga, without a GPU.

use std::collections::HashSet;

use gpucam::internals::model::Model;
use gpucam::internals::{
    engine::{KernelBinding, KernelPlan},
    gpu::tuning::Profile,
};
use libtest_mimic::Trial;
use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::build::{Build, PICTURE};
use super::{F32, GPU, NARROW, PACKED8, PLAIN, TEXT_WEIGHTS, TEXTURES};
use crate::support::{
    files::{each_model, model_file},
    test,
};
use gpucam::internals::model::graph::{Activation::None, Op};

pub fn trials() -> Vec<Trial> {
    vec![
        test("engine::texts::small", small),
        test("engine::texts::weights", weights_in_the_text),
        test("engine::texts::too_much_is_refused", too_much_is_refused),
    ]
    .into_iter()
    .chain(each_model("engine::texts::of", of_model))
    .collect()
}

/// Parses and validates with core capabilities only, and checks the 16 KiB of workgroup memory.
/// Checks too that whatever a kernel reads was written by one before it.
fn check(plan: &KernelPlan) -> usize {
    let mut written = HashSet::new();
    for kernel in &plan.kernels {
        let module = naga::front::wgsl::parse_str(&kernel.wgsl)
            .unwrap_or_else(|e| panic!("{}: {}", kernel.label, e.emit_to_string(&kernel.wgsl)));
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
        validator.validate(&module).unwrap_or_else(|e| panic!("{}: {e:?}", kernel.label));
        let mut layouter = naga::proc::Layouter::default();
        layouter.update(module.to_ctx()).expect("validated");
        let workgroup =
            module.global_variables.iter().filter(|(_, v)| v.space == naga::AddressSpace::WorkGroup);
        let bytes: u32 = workgroup.map(|(_, v)| layouter[v.ty].size).sum();
        assert!(bytes <= 16384, "{}: {bytes} bytes of workgroup memory", kernel.label);
        let bound = module.global_variables.iter().filter(|(_, v)| v.binding.is_some()).count();
        assert_eq!(bound, kernel.bindings.len(), "{}", kernel.label);
        let mut stores = Vec::new();
        for (_, variable) in module.global_variables.iter() {
            let Some(at) = &variable.binding else { continue };
            let binding = kernel.bindings[at.binding as usize];
            if !matches!(binding, KernelBinding::Value(_) | KernelBinding::Sums(_)) {
                continue;
            }
            let access = match (variable.space, &module.types[variable.ty].inner) {
                (naga::AddressSpace::Storage { access }, _) => access,
                (_, naga::TypeInner::Image { class: naga::ImageClass::Storage { access, .. }, .. }) => {
                    *access
                }
                _ => panic!("{}: {binding:?} is neither a buffer nor a picture", kernel.label),
            };
            match access.contains(naga::StorageAccess::STORE) {
                true => stores.push(binding),
                false => {
                    assert!(written.contains(&binding), "{}: {binding:?} is not written yet", kernel.label)
                }
            }
        }
        written.extend(stores);
    }
    plan.kernels.len()
}

fn small() {
    let mut b = Build::new(9, 7);
    let x = b.pw(PICTURE, 5, gpucam::internals::model::graph::Activation::Relu);
    b.gate(x, x, 3);
    let checked: usize = [PLAIN, NARROW, F32, PACKED8, TEXTURES, TEXT_WEIGHTS, GPU]
        .map(|t| check(&KernelPlan::new(&b.graph, t).expect("kernels")))
        .iter()
        .sum();
    assert!(checked > 6, "{checked}");
}

/// Weights are in the text, and are read there to the last bit, except those that WGSL cannot write.
fn weights_in_the_text() {
    let weights = |change: f32| {
        let mut b = Build::new(9, 7);
        b.pw(PICTURE, 5, None);
        let Op::Conv2d(conv) = &mut b.graph.nodes[0].op else { panic!("a matrix is a convolution") };
        conv.weights.data[4] *= change;
        let mut numbers = conv.weights.data.clone();
        let plan = KernelPlan::new(&b.graph, TEXT_WEIGHTS).expect("kernels");
        check(&plan);
        let kernel = &plan.kernels[0];
        let written = kernel.wgsl.split("f,").flat_map(|part| part.split("f)")).filter_map(|part| {
            let number = part.rsplit([' ', '(']).next()?;
            number.parse::<f32>().ok()
        });
        let written: Vec<f32> = written.collect();
        numbers.retain(|number| !written.contains(number));
        (numbers.len(), kernel.bindings.contains(&KernelBinding::Weights))
    };
    assert_eq!(weights(1.0), (0, false));
    let (missing, bound) = weights(f32::INFINITY);
    assert!(missing > 0 && bound, "{missing} numbers are missing");
}

/// What exceeds the limits is an error that names the cause, before any GPU work; a slightly smaller case
/// passes.
fn too_much_is_refused() {
    let refusal = |build: &Build| {
        KernelPlan::new(&build.graph, Profile::Software.tuning().kernels).map(drop).map_err(|r| r.to_string())
    };
    let sized = |side: usize| {
        let mut b = Build::new(side, side);
        b.pw(PICTURE, 1, None);
        b
    };
    assert_eq!(refusal(&sized(2000)), Ok(()));
    assert!(refusal(&sized(2100)).unwrap_err().contains("too many pixels"));
    assert!(refusal(&sized(8000)).unwrap_err().contains("128 MiB"));
    let joined = |count: usize| {
        let mut b = Build::new(8, 8);
        let values: Vec<_> = (0..count).map(|_| b.conv(PICTURE, 3, 1, 40, None)).collect();
        b.concat(&values);
        b
    };
    assert_eq!(refusal(&joined(4)), Ok(()));
    assert!(refusal(&joined(12)).unwrap_err().contains("more buffers"));
    let wide = |channels: usize| {
        let mut b = Build::new(1, 2);
        let x = b.pw(PICTURE, channels, None);
        b.pw(x, 4, None);
        b
    };
    assert_eq!(refusal(&wide(500)), Ok(()));
    assert!(refusal(&wide(5000)).unwrap_err().contains("workgroup memory"));
    // Each value takes 30 MiB.
    let deep = |count: usize| {
        let mut b = Build::new(1400, 1400);
        (0..count).fold(PICTURE, |x, _| b.conv(x, 3, 1, 4, None));
        KernelPlan::new(&b.graph, F32).map(drop).map_err(|r| r.to_string())
    };
    assert_eq!(deep(10), Ok(()));
    assert!(deep(80).unwrap_err().contains("more than 2 GiB"));
}

fn of_model(name: &str) {
    let graph = Model::open(&model_file(name)).expect("a model").graph;
    let plan = |tuning| KernelPlan::new(&graph, tuning).unwrap_or_else(|e| panic!("{e}"));
    let checked: usize =
        [F32, PACKED8, TEXTURES, TEXT_WEIGHTS, GPU].map(|tuning| check(&plan(tuning))).iter().sum();
    assert!(checked > 40, "{checked}");
}
