//! The six models of the catalogue, compared with outputs computed in float64.

use gpucam::internals::Size;
use gpucam::internals::model::graph::{Graph, Op};
use gpucam::internals::model::{Model, OutputDecoding, OutputGrid, Reading};
use libtest_mimic::Trial;

use super::{run, worst};
use crate::support::{Files, files::model_file, gpu_test, needs, test};

/// float32 and float64 differ by up to 1.8e-4 on Meet's logits; five times that.
const LOGITS: f64 = 1e-3;
/// LiteRT differs by up to 6e-5 on probabilities; three times that.
const PROBABILITY: f64 = 2e-4;

pub fn trials() -> Vec<Trial> {
    let vectors = |known: &'static Known, how: &str, run: Run| {
        let name = format!("model::vectors::{}{how}", known.name);
        needs(&[Files::Model(known.name), Files::Vectors], gpu_test(&name, move || check(known, run)))
    };
    let structure = |known: &'static Known| {
        let name = format!("model::structure::{}", known.name);
        needs(&[Files::Model(known.name)], test(&name, || structure(known)))
    };
    let each = ALL.into_iter();
    each.flat_map(|known| [vectors(known, ", fast", FAST), vectors(known, "", run), structure(known)])
        .collect()
}

/// A forward pass, by burn or the fast engine.
type Run = fn(&Graph, &[f32]) -> Vec<f32>;
const FAST: Run = |graph, input| crate::engine::run(graph, input, crate::engine::F32);

/// Published figures of a model file.
struct Known {
    name: &'static str,
    input: Size,
    person: OutputDecoding,
    grid: OutputGrid,
    /// (scale, offset) of the input.
    input_scaling: (f32, f32),
    parameters: usize,
    /// Multiply-accumulate operations in millions.
    mega_macs: f64,
    /// Tolerance of the raw output, if there is a test vector of it.
    output: Option<f64>,
}

const LANDSCAPE: Known = Known {
    name: "selfie-landscape",
    input: Size::new(256, 144),
    person: OutputDecoding::Probability,
    grid: OutputGrid::Centres,
    input_scaling: (1.0, 0.0),
    parameters: 106_401,
    mega_macs: 33.3,
    output: Some(PROBABILITY),
};
const MEET_FULL: Known = Known {
    name: "meet-full",
    person: OutputDecoding::Softmax { channel: 1 },
    parameters: 185_922,
    mega_macs: 33.5,
    output: Some(LOGITS),
    ..LANDSCAPE
};
const MEET_LITE: Known = Known { name: "meet-lite", input: Size::new(160, 96), mega_macs: 14.0, ..MEET_FULL };
const GENERAL: Known =
    Known { name: "selfie-general", input: Size::new(256, 256), mega_macs: 59.2, ..LANDSCAPE };
const DEEPLAB: Known = Known {
    name: "deeplab-v3",
    input: Size::new(257, 257),
    person: OutputDecoding::Softmax { channel: 15 },
    grid: OutputGrid::Corners,
    input_scaling: (2.0, -1.0),
    parameters: 688_357,
    mega_macs: 726.0,
    output: None,
};
const BODYPIX: Known = Known {
    name: "bodypix-050",
    input: Size::new(257, 257),
    person: OutputDecoding::Logit,
    grid: OutputGrid::Corners,
    input_scaling: (1.0, 0.0),
    parameters: 548_161,
    mega_macs: 631.0,
    output: Some(LOGITS),
};
const ALL: [&Known; 6] = [&LANDSCAPE, &MEET_FULL, &MEET_LITE, &GENERAL, &DEEPLAB, &BODYPIX];

impl Known {
    fn open(&self) -> Model {
        Model::open(&model_file(self.name)).expect("a model of the catalogue")
    }
}

/// Sizes, readings, and numbers of weights and multiplications, compared with the models' published figures.
fn structure(known: &Known) {
    let Model { graph, inferred } = known.open();
    let input = graph.input_shape();
    assert_eq!(Size::new(input.width as u32, input.height as u32), known.input, "{}", known.name);
    let (scale, offset) = known.input_scaling;
    let reading = Reading { scale, offset, person: known.person, grid: known.grid };
    assert_eq!(inferred, Some(reading), "{}", known.name);
    assert_eq!(graph.parameters(), known.parameters, "{}", known.name);
    let macs = graph.macs() as f64 / 1e6;
    assert!((macs / known.mega_macs - 1.0).abs() < 0.01, "{}: {macs:.2} M", known.name);
    note!("{}: {} nodes, {macs:.1} MMAC", known.name, graph.nodes.len());
}

/// The data of an .npy file in row-major order.
pub fn npy(name: &str) -> Vec<f32> {
    gpucam::internals::video::npy::read(&Files::Vectors.path(name)).expect("a vector").data
}

/// Person probability from the raw output, in float64, from the definition.
fn person(known: &Known, output: &[f32], channels: usize) -> Vec<f32> {
    let one = |pixel: &[f32]| match known.person {
        OutputDecoding::Probability => f64::from(pixel[0]),
        OutputDecoding::Logit => 1.0 / (1.0 + f64::from(-pixel[0]).exp()),
        OutputDecoding::Background { .. } => unreachable!("no model of the catalogue"),
        OutputDecoding::Softmax { channel } => {
            let top = f64::from(pixel.iter().copied().fold(f32::MIN, f32::max));
            let exp = |v: f32| (f64::from(v) - top).exp();
            exp(pixel[channel as usize]) / pixel.iter().copied().map(exp).sum::<f64>()
        }
    };
    output.chunks_exact(channels).map(|pixel| one(pixel) as f32).collect()
}

/// (largest error of the raw output, if there is a test vector of it; largest error of the probability).
fn errors(known: &Known, graph: &Graph, input: &[f32], run: Run) -> (f64, f64) {
    let f64s = |v: Vec<f32>| -> Vec<f64> { v.into_iter().map(f64::from).collect() };
    let got = run(graph, input);
    let output = known.output.map(|_| worst(&got, &f64s(npy(&format!("{}.output.npy", known.name)))));
    let got = person(known, &got, graph.output_shape().channels);
    (output.unwrap_or(0.0), worst(&got, &f64s(npy(&format!("{}.person.npy", known.name)))))
}

fn check(known: &Known, run: Run) {
    let Model { graph, .. } = known.open();
    let input = npy(&format!("{}.input.npy", known.name));
    let (output, probability) = errors(known, &graph, &input, run);
    note!("{}: output {output:.1e}, probability {probability:.1e}", known.name);
    let passes = |(output, probability): (f64, f64)| {
        output <= known.output.unwrap_or(0.0) && probability <= PROBABILITY
    };
    assert!(passes((output, probability)), "{}: output {output:e}, probability {probability:e}", known.name);

    // Controls: one weight of the first convolution changed; asymmetric padding made symmetric.
    let mut changed = graph.clone();
    let Some(Op::Conv2d(conv)) = changed.nodes.first_mut().map(|node| &mut node.op) else {
        panic!("the first node is a convolution");
    };
    conv.weights.data[0] += 0.1;
    let control = errors(known, &changed, &input, run);
    assert!(!passes(control), "{}: a changed weight passes: {control:?}", known.name);

    let mut symmetric = graph;
    let mut count = 0;
    for node in &mut symmetric.nodes {
        let (Op::Conv2d(gpucam::internals::model::graph::Conv2d { window, .. })
        | Op::DepthwiseConv2d(gpucam::internals::model::graph::DepthwiseConv2d { window, .. })) =
            &mut node.op
        else {
            continue;
        };
        for (before, after) in &mut window.padding {
            count += usize::from(before != after);
            *before = (*before).max(*after);
        }
    }
    // 257 is odd, so its padding is symmetric already.
    assert_eq!(count == 0, known.input.width % 2 == 1, "{}", known.name);
    if count > 0 {
        let control = errors(known, &symmetric, &input, run);
        assert!(!passes(control), "{}: symmetric padding passes: {control:?}", known.name);
    }
}
