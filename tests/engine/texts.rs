//! Every generated text against naga, without a GPU.

use gpucam::engine::{Plan, Tuning};
use gpucam::model::Model;
use libtest_mimic::Trial;
use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::build::{Build, PICTURE};
use super::{NARROW, PLAIN};
use crate::support::{Files, needs, test};

pub fn trials() -> Vec<Trial> {
    vec![
        test("engine::texts::small", small),
        needs(&[Files::Models], test("engine::texts::of_models", of_models)),
    ]
}

/// Parses, validates with core capabilities, and keeps to 16 KiB of workgroup memory.
fn check(plan: &Plan) -> usize {
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
        assert_eq!(bound, kernel.slots.len(), "{}", kernel.label);
    }
    plan.kernels.len()
}

fn small() {
    let mut b = Build::new(9, 7);
    let x = b.pw(PICTURE, 5, gpucam::model::graph::Activation::Relu);
    b.gate(x, x, 3);
    let checked: usize = [PLAIN, NARROW, Tuning::default()]
        .map(|t| check(&Plan::new(&b.graph, t).expect("kernels")))
        .iter()
        .sum();
    assert!(checked > 6, "{checked}");
}

fn of_models() {
    let mut checked = 0;
    for file in std::fs::read_dir(Files::Models.folder().expect("named")).expect("a folder") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|e| e == "tflite") {
            let graph = Model::open(&path).expect("a model").graph;
            checked += check(&Plan::new(&graph, Tuning::default()).unwrap_or_else(|e| panic!("{e}")));
        }
    }
    assert!(checked > 100, "{checked}");
}
