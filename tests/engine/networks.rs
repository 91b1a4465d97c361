//! The models of the catalogue on the fast engine, against burn.

use gpucam::engine::{Plan, Tuning};
use gpucam::model::{Model, catalogue};
use gpucam::segmenter::{Engine, Segmenter};
use gpucam::{Pipeline, Settings, Size};
use libtest_mimic::Trial;

use super::{PICTURES, PLAIN, run};
use crate::model::{vectors::npy, worst};
use crate::support::{
    Files,
    gpu::{BT601, gpu},
    gpu_test, needs, test,
};

/// What the issue of the fast engine asks for, on logits.
const AGAINST_BURN: f64 = 1e-3;

/// (file, name of its vectors).
const MODELS: [(&str, &str); 6] = [
    ("selfie_segmentation_landscape", "selfie-landscape"),
    ("segm_full_v679", "meet-full"),
    ("segm_lite_v681", "meet-lite"),
    ("selfiesegmentation_mlkit-256x256-2021_01_19-v1215.f16", "selfie-general"),
    ("deeplabv3_257_mv_gpu", "deeplab-v3"),
    ("body-pix-float-050-8", "bodypix-050"),
];

pub fn trials() -> Vec<Trial> {
    let (files, both) = (&[Files::Models], &[Files::Models, Files::Vectors]);
    vec![
        needs(both, gpu_test("engine::networks::as_burn_does", as_burn_does)),
        needs(both, gpu_test("engine::networks::a_kernel_each", a_kernel_each)),
        needs(files, test("engine::networks::few_dispatches", few_dispatches)),
        needs(files, gpu_test("engine::networks::a_frame_of_45_dispatches", whole_frame)),
    ]
}

fn open(name: &str) -> Model {
    Model::open(&Files::Models.path(&format!("{name}.tflite"))).expect("a model of the catalogue")
}

/// All six, on the picture of the vectors; upside down it is the control.
fn as_burn_does() {
    for (name, vector) in MODELS {
        let graph = open(name).graph;
        let picture = npy(&format!("{vector}.input.npy"));
        let other: Vec<f32> = picture.iter().rev().copied().collect();
        let burn: Vec<f64> = crate::model::run(&graph, &picture).into_iter().map(f64::from).collect();
        for tuning in [Tuning::default(), PICTURES] {
            let (got, control) = (run(&graph, &picture, tuning), run(&graph, &other, tuning));
            let (error, control) = (worst(&got, &burn), worst(&control, &burn));
            println!("{name}: {error:.1e}, control {control:.1e}");
            assert!(error <= AGAINST_BURN, "{name}, {tuning:?}: {error:e}");
            assert!(control > AGAINST_BURN, "{name}, {tuning:?}: another picture fits, {control:e}");
        }
    }
}

/// The plain kernels, which the rules and the fusion are not part of.
fn a_kernel_each() {
    for (name, vector) in [MODELS[0], MODELS[2]] {
        let graph = open(name).graph;
        let picture = npy(&format!("{vector}.input.npy"));
        let burn: Vec<f64> = crate::model::run(&graph, &picture).into_iter().map(f64::from).collect();
        let error = worst(&run(&graph, &picture, PLAIN), &burn);
        println!("{name}: {error:.1e}");
        assert!(error <= AGAINST_BURN, "{name}: {error:e}");
    }
}

/// What was promised: 45 dispatches a frame, of which 17 are ours for blur; and one each is many more.
fn few_dispatches() {
    for (name, _) in &MODELS[..4] {
        let graph = open(name).graph;
        let count = |tuning| Plan::new(&graph, tuning).expect("kernels").kernels.len();
        let (fused, plain) = (count(Tuning::default()), count(PLAIN));
        println!("{name}: {fused} kernels, {plain} without fusion");
        assert!(fused <= 34 && plain > 2 * fused, "{name}: {fused} of {plain}");
    }
}

/// A whole frame, from the upload to the packed words.
fn whole_frame() {
    let entry = catalogue::default();
    let segmenter = Segmenter::load(gpu(), &open(MODELS[0].0), entry.reading, Engine::Fast);
    let size = Size::new(1280, 720);
    let pipeline = Pipeline::new(gpu(), segmenter, size, BT601, &Settings::default()).expect("a pipeline");
    let (passes, kernels) = pipeline.dispatches();
    println!("{passes} passes and {kernels} kernels");
    assert!(passes as u64 + kernels <= 45, "{passes} passes and {kernels} kernels");
}
