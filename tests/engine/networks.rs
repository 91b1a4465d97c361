//! The models of the catalogue on the fast engine, compared with burn.

use gpucam::internals::engine::KernelPlan;
use gpucam::internals::gpu::tuning::ValueFormat;
use gpucam::internals::model::{Model, OutputDecoding, catalogue, graph::Graph};
use gpucam::internals::segmenter::{InferenceEngine, Segmenter};
use gpucam::internals::{LearnRoom, Pipeline, Settings, Size};
use libtest_mimic::Trial;

use super::{F32, GPU, NARROW, PACKED8, PLAIN, TEXTURES, run};
use crate::mirror::person;
use crate::model::{vectors::npy, worst};
use crate::support::{
    Files,
    files::model_file,
    gpu::{BT601, gpu, holds},
    gpu_is_slow, gpu_test, needs,
    report::{Unit, compared},
    test,
};

/// Required accuracy of logits.
const AGAINST_BURN: f64 = 1e-3;

/// Required accuracy of masks with packed values.
const PACKED8_TOLERANCE: f64 = 0.01;

/// The models of the catalogue, the default first.
const MODELS: [&str; 6] =
    ["selfie-landscape", "meet-full", "meet-lite", "selfie-general", "deeplab-v3", "bodypix-050"];

/// The models that run: on a slow driver only the default model, since the other models use no kernels that
/// `chains` does not test.
fn models_to_run() -> &'static [&'static str] {
    if gpu_is_slow() { &MODELS[..1] } else { &MODELS }
}

pub fn trials() -> Vec<Trial> {
    let both = &[Files::Models, Files::Vectors];
    let few = |name: &'static str| {
        let test = test(&format!("engine::networks::few_dispatches::{name}"), || few_dispatches(name));
        needs(&[Files::Model(name)], test)
    };
    let few = MODELS[..4].iter().copied().map(few);
    few.chain([
        needs(both, gpu_test("engine::networks::as_burn_does", as_burn_does)),
        needs(both, gpu_test("engine::networks::packed8_masks", packed8_masks)),
        needs(both, gpu_test("engine::networks::a_kernel_each", a_kernel_each)),
        needs(&[Files::MODEL], gpu_test("engine::networks::a_frame_of_45_dispatches", whole_frame)),
    ])
    .collect()
}

fn open(name: &str) -> Model {
    Model::open(&model_file(name)).expect("a model of the catalogue")
}

/// All six models on the picture of their test vectors. Control: the picture upside down.
fn as_burn_does() {
    for &name in models_to_run() {
        let graph = open(name).graph;
        let picture = npy(&format!("{name}.input.npy"));
        let other: Vec<f32> = picture.iter().rev().copied().collect();
        let burn: Vec<f64> = crate::model::run(&graph, &picture).into_iter().map(f64::from).collect();
        // The adapter's own, too: weights in the text are not for every adapter, llvmpipe compiles them for minutes.
        let own = Some(gpu().tuning().kernels).filter(|own| own.values == ValueFormat::F32);
        for tuning in [F32, NARROW, GPU].into_iter().chain(own) {
            let (got, control) = (run(&graph, &picture, tuning), run(&graph, &other, tuning));
            let (error, control) = (worst(&got, &burn), worst(&control, &burn));
            note!("{name}: {error:.1e}, control {control:.1e}");
            compared(Unit::Value, &format!("{name}, against burn"), error, AGAINST_BURN);
            assert!(error <= AGAINST_BURN, "{name}, {tuning:?}: {error:e}");
            assert!(control > AGAINST_BURN, "{name}, {tuning:?}: another picture fits, {control:e}");
        }
    }
}

/// The person probability with every tuning that packs values: all six models on the picture of their test
/// vectors. Control: the picture upside down.
fn packed8_masks() {
    for &name in models_to_run() {
        let graph = open(name).graph;
        let entry = catalogue::by_name(name).expect("a model of the catalogue");
        let picture = npy(&format!("{name}.input.npy"));
        let other: Vec<f32> = picture.iter().rev().copied().collect();
        let mask = |logits: Vec<f32>| mask(&graph, entry.reading.person, &logits);
        let burn = mask(crate::model::run(&graph, &picture));
        for tuning in [PACKED8, TEXTURES] {
            let [got, control] = [&picture, &other].map(|picture| mask(run(&graph, picture, tuning)));
            holds(&format!("{name}, {tuning:?}"), &got, &burn, &control, PACKED8_TOLERANCE);
        }
    }
}

fn mask(graph: &Graph, kind: OutputDecoding, logits: &[f32]) -> Vec<f64> {
    let kind = match kind {
        OutputDecoding::Probability => person::Person::Probability,
        OutputDecoding::Logit => person::Person::Logit,
        OutputDecoding::Background { channel } => person::Person::Background { channel: channel as usize },
        OutputDecoding::Softmax { channel } => person::Person::Softmax { channel: channel as usize },
    };
    let logits: Vec<f64> = logits.iter().copied().map(f64::from).collect();
    let shape = graph.output_shape();
    let mask = person::probability(&logits, shape.width, shape.height, shape.channels, kind);
    mask.values().to_vec()
}

/// One kernel per node, without rules and fusion.
fn a_kernel_each() {
    for &name in models_to_run().iter().step_by(2).take(2) {
        let graph = open(name).graph;
        let picture = npy(&format!("{name}.input.npy"));
        let burn: Vec<f64> = crate::model::run(&graph, &picture).into_iter().map(f64::from).collect();
        let error = worst(&run(&graph, &picture, PLAIN), &burn);
        note!("{name}: {error:.1e}");
        compared(Unit::Value, &format!("{name}, a kernel each"), error, AGAINST_BURN);
        assert!(error <= AGAINST_BURN, "{name}: {error:e}");
    }
}

/// A frame takes at most 45 dispatches on every kind of adapter; one kernel per node takes many more.
fn few_dispatches(name: &str) {
    let graph = open(name).graph;
    let count = |tuning| KernelPlan::new(&graph, tuning).expect("kernels").kernels.len();
    let plain = count(PLAIN);
    for tuning in [PACKED8, TEXTURES, GPU] {
        let fused = count(tuning);
        note!("{name}: {fused} kernels, {plain} without fusion");
        assert!(fused <= 34 && plain > 2 * fused, "{name}, {tuning:?}: {fused} of {plain}");
        // 13 of a frame's 45 dispatches are passes of the blur.
        assert!(fused <= 32 || name != MODELS[0], "{tuning:?}: {fused} for the default model");
        // There 22 dispatches are passes: the second look and the learnt room are more than on software Vulkan.
        assert!(fused <= 25 || tuning != GPU || name != MODELS[0], "{fused} for the default model on a GPU");
    }
}

/// A whole frame, from upload to packed words.
fn whole_frame() {
    let entry = catalogue::default();
    let segmenter = Segmenter::load(gpu(), &open(MODELS[0]), entry.reading, InferenceEngine::Fast);
    let size = Size::new(1280, 720);
    // What learns the room comes on top: five passes more.
    let settings = Settings { learn_room: LearnRoom::Off, ..Settings::default() };
    let pipeline = Pipeline::new(gpu(), segmenter, size, BT601, &settings).expect("a pipeline");
    let (passes, kernels) = pipeline.dispatches();
    note!("{passes} passes and {kernels} kernels");
    assert!(passes as u64 + kernels <= 45, "{passes} passes and {kernels} kernels");
}
