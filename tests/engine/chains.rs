//! Every kernel on odd shapes, alone and fused, with wide and narrow tiles.

use gpucam::internals::gpu::Recorder;
use gpucam::internals::model::OutputDecoding;
use gpucam::internals::model::graph::{
    Activation::*, Attention, AveragePool2d, BinaryKind::*, Graph, Op, Sampling::*, TensorShape, ValueId,
};
use gpucam::internals::{
    engine::{KernelNetwork, KernelPlan},
    gpu::tuning::{KernelTuning, ValueFormat},
};
use libtest_mimic::Trial;

use super::build::{Build, PICTURE};
use super::evaluate::evaluate;
use super::{F32, GPU, NARROW, PACKED8, PLAIN, TEXT_WEIGHTS, TEXTURES, record, run};
use crate::mirror::person;
use crate::support::gpu::{floats, gpu, holds, poison};
use crate::support::{gpu_test, test};

/// float32 sums of up to 500 products of values around 1, through up to ten layers.
const TOLERANCE: f64 = 5e-5;

/// A packed channel is quantised in steps of 2⁻¹⁴ of the largest of eight, which is below 4: an error of up
/// to 1.2e-4. A sum of many channels, with weights below 1, has about the same error; there are two or three
/// layers.
const PACKED8_TOLERANCE: f64 = 5e-4;

type Case = (&'static str, fn() -> Build);

pub fn trials() -> Vec<Trial> {
    let trial = |&(name, build): &Case| {
        let build: &'static (dyn Fn() -> Build + Sync) = Box::leak(Box::new(build));
        gpu_test(&format!("engine::chains::{name}"), move || check(name, &build()))
    };
    CASES
        .iter()
        .map(trial)
        .chain([
            gpu_test("engine::chains::has_person_output", has_person_output),
            test("engine::chains::expands", expands),
            gpu_test("engine::chains::leaves_attention_to_burn", leaves_attention_to_burn),
        ])
        .collect()
}

/// A matrix moves into the kernel of the window that reads it if it fits there, and only then.
fn expands() {
    let first = |build: &Build, tuning: KernelTuning| {
        let plan = KernelPlan::new(&build.graph, tuning).expect("kernels");
        plan.kernels
            .into_iter()
            .map(|kernel| kernel.label)
            .find(|label| label.contains("dw"))
            .expect("a window")
    };
    let with = |height: usize, width: usize, stride, more: fn(&mut Build, ValueId, ValueId)| {
        let mut b = Build::new(2 * height, 2 * width);
        let x = b.conv(PICTURE, 3, 2, 32, Relu); // too much WGSL to share a kernel with the next node
        let wide = b.pw(x, 40, HardSwish);
        let y = b.dw(wide, [5, stride, 1, 1], Relu);
        more(&mut b, wide, y);
        b
    };
    let nothing = |_: &mut Build, _, _| {};
    for tuning in [PACKED8, GPU] {
        assert!(first(&with(9, 16, 1, nothing), tuning).starts_with("pw32>40+dw5x40"));
        assert!(first(&with(16, 24, 2, nothing), tuning).starts_with("pw32>40+dw5x40"));
        // The stride does not divide the grid; another node reads the value; no workgroup can hold the grid.
        assert!(first(&with(9, 16, 2, nothing), tuning).starts_with("dw"));
        let two = with(9, 16, 1, |b, wide, y| {
            b.binary(Add, wide, y);
        });
        assert!(first(&two, tuning).starts_with("dw"));
        assert!(first(&with(40, 60, 1, nothing), tuning).starts_with("dw"));
    }
    assert!(first(&with(9, 16, 1, nothing), TEXTURES).starts_with("dw"));
}

/// The fast engine refuses operations of attention by name; burn gives what the loops give.
fn leaves_attention_to_burn() {
    for (op, [h, w, c]) in [
        (Attention::Reshape, [4, 14, 9]),
        (Attention::Transpose([1, 2, 0]), [12, 6, 7]),
        (Attention::Softmax, [7, 12, 6]),
        (Attention::Sum([true, false, true]), [1, 12, 1]),
        (Attention::ResizeNearest, [14, 36, 6]),
    ] {
        let mut b = Build::new(7, 12);
        let x = b.pw(PICTURE, 6, Relu);
        b.node(Op::Attention(op), &[x], TensorShape::new(h, w, c), None);
        let refusal = KernelPlan::new(&b.graph, F32).expect_err("no kernels").0;
        assert!(refusal.contains("makes 'v2'"), "{refusal}");
        let picture = b.picture();
        let got: Vec<f64> = crate::model::run(&b.graph, &picture).into_iter().map(f64::from).collect();
        let (want, control) = (evaluate(&b.graph, &picture), evaluate(&changed(&b.graph), &picture));
        holds(&format!("{op:?} on burn"), &got, &want, &control, TOLERANCE);
    }
}

/// The last kernel decodes the person probability as the mirror does from the same output. Non-finite values
/// are background, also after they were stored between two kernels.
fn has_person_output() {
    for tuning in [F32, KernelTuning { values: ValueFormat::SharedExponent, ..PLAIN }] {
        has_person_output_with(tuning);
    }
}

fn has_person_output_with(tuning: KernelTuning) {
    for (channels, spread) in [(1, false), (2, false), (2, true), (21, false)] {
        let mut b = Build::new(9, 14);
        let x = b.pw(PICTURE, 8, HardSwish);
        match spread {
            true => b.spread(x, [2, 2, channels], 0, None),
            false => b.pw(x, channels, None),
        };
        let kinds: &[_] = match channels {
            1 => &[
                (OutputDecoding::Logit, person::Person::Logit),
                (OutputDecoding::Probability, person::Person::Probability),
            ],
            _ => &[
                (OutputDecoding::Softmax { channel: 1 }, person::Person::Softmax { channel: 1 }),
                (OutputDecoding::Background { channel: 1 }, person::Person::Background { channel: 1 }),
            ],
        };
        for &(kind, mirrored) in kinds {
            let plan = KernelPlan::with_person_output(&b.graph, tuning, Some(kind)).expect("kernels");
            let network = KernelNetwork::new(gpu(), plan);
            let plane = network.person().expect("the last kernel has all of a pixel");
            let ask = |picture: &[f32]| {
                poison(gpu(), plane);
                let mut rec = Recorder::new(gpu());
                record(&mut rec, &network, picture);
                rec.finish().submit(gpu());
                floats(gpu(), plane)
            };
            let picture = b.picture();
            let logits = evaluate(&b.graph, &picture);
            let shape = b.graph.output_shape();
            let mirror = |kind| person::probability(&logits, shape.width, shape.height, channels, kind);
            let want = mirror(mirrored).map(|[p]| [p.clamp(0.0, 1.0)]);
            // Control: the inverted mask.
            let control = want.map(|[p]| [1.0 - p]);
            let what = format!("{channels} channels as {kind:?}, {:?}", tuning.values);
            holds(&what, &ask(&picture), want.values(), control.values(), tolerance(tuning));
            for not_finite in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let nobody = ask(&vec![not_finite; picture.len()]).iter().all(|&p| p == 0.0);
                assert!(nobody, "{what}, {not_finite}: somebody is shown");
            }
        }
    }
}

fn tolerance(tuning: KernelTuning) -> f64 {
    if tuning.values == ValueFormat::F32 { TOLERANCE } else { PACKED8_TOLERANCE }
}

/// Compares the engine with the loops. Control: the loops over a graph with changed weights must not match.
fn check(name: &str, build: &Build) {
    let picture = build.picture();
    let wanted = evaluate(&build.graph, &picture);
    let control = evaluate(&changed(&build.graph), &picture);
    for (how, tuning) in [
        ("plain", PLAIN),
        ("fused", F32),
        ("narrow", NARROW),
        ("eights", PACKED8),
        ("eights in pictures", TEXTURES),
        ("weights in the text", TEXT_WEIGHTS),
        ("for a GPU", GPU),
    ] {
        let got: Vec<f64> = run(&build.graph, &picture, tuning).into_iter().map(f64::from).collect();
        let tolerance = tolerance(tuning);
        holds(&format!("{name}, {how}"), &got, &wanted, &control, tolerance);
    }
}

/// The graph with the weights of its last layer changed.
fn changed(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    let layer = graph.nodes.iter_mut().rev().find_map(|node| match &mut node.op {
        Op::Conv2d(conv) => Some(&mut conv.weights),
        Op::DepthwiseConv2d(conv) => Some(&mut conv.weights),
        Op::TransposeConv2d(conv) => Some(&mut conv.weights),
        _ => Option::None,
    });
    layer.expect("a layer with weights").data.iter_mut().for_each(|weight| *weight += 0.05);
    graph
}

const CASES: &[Case] = &[
    ("pointwise", || {
        let mut b = Build::new(9, 13);
        let x = b.pw(PICTURE, 21, Relu6);
        let x = b.dense(x, 70, HardSwish);
        b.pw(x, 6, None);
        b
    }),
    ("stem", || {
        let mut b = Build::new(10, 14);
        let x = b.conv(PICTURE, 3, 2, 16, HardSwish);
        b.pw(x, 16, Relu);
        b
    }),
    ("stem_odd", || {
        let mut b = Build::new(11, 13);
        b.conv(PICTURE, 5, 2, 7, None);
        b
    }),
    ("conv", || {
        let mut b = Build::new(9, 7);
        let x = b.pw(PICTURE, 6, Relu);
        let x = b.conv(x, 3, 2, 10, Relu);
        b.conv(x, 3, 1, 5, None);
        b
    }),
    ("conv_wide", || {
        let mut b = Build::new(5, 7);
        let x = b.pw(PICTURE, 37, Relu);
        b.conv(x, 3, 1, 6, None);
        b
    }),
    ("depthwise", || {
        let mut b = Build::new(13, 18);
        let mut x = b.pw(PICTURE, 10, None);
        for shape in [[3, 1, 1, 1], [5, 1, 1, 1], [3, 1, 2, 1], [3, 2, 1, 1], [5, 2, 1, 1]] {
            x = b.dw(x, shape, HardSwish);
        }
        b
    }),
    ("depthwise_even", || {
        let mut b = Build::new(24, 32);
        let x = b.pw(PICTURE, 8, None);
        let x = b.dw(x, [5, 1, 1, 1], Relu);
        let x = b.dw(x, [3, 1, 1, 1], Relu6);
        let x = b.dw(x, [5, 2, 1, 1], None);
        b.dw(x, [3, 2, 1, 1], None);
        b
    }),
    ("expanded", || {
        let mut b = Build::new(36, 64);
        let x = b.conv(PICTURE, 3, 2, 32, Relu);
        let x = b.pw(x, 40, HardSwish);
        let x = b.dw(x, [5, 2, 1, 1], Relu);
        let x = b.pw(x, 24, None);
        let wide = b.pw(x, 48, HardSwish);
        let y = b.dw(wide, [5, 1, 1, 1], HardSwish);
        let y = b.gate(y, y, 9);
        let y = b.pw(y, 24, None);
        b.binary(Add, x, y);
        b
    }),
    ("expanded_odd", || {
        let mut b = Build::new(14, 22);
        let x = b.conv(PICTURE, 3, 2, 30, Relu);
        let x = b.pw(x, 39, HardSwish);
        let x = b.dw(x, [3, 1, 1, 1], Relu);
        let x = b.pw(x, 56, Relu6);
        b.dw(x, [5, 1, 2, 1], None);
        b
    }),
    ("depthwise_multiplied", || {
        let mut b = Build::new(7, 9);
        let x = b.dw(PICTURE, [3, 1, 1, 2], Relu);
        b.dw(x, [3, 1, 1, 3], None);
        b
    }),
    ("resize", || {
        let mut b = Build::new(5, 6);
        let x = b.pw(PICTURE, 6, None);
        let x = b.resize(x, 10, 12, HalfPixel);
        let x = b.resize(x, 4, 17, HalfPixel);
        let x = b.resize(x, 9, 11, AlignCorners);
        let x = b.pw(x, 5, Relu);
        let m = b.mean(x);
        let m = b.resize(m, 9, 11, AlignCorners);
        b.binary(Add, x, m);
        b
    }),
    ("pool", || {
        let mut b = Build::new(8, 11);
        let x = b.pw(PICTURE, 5, None);
        let (window, [h, w]) = b.window(x, 3, 2, 1);
        b.node(Op::AveragePool2d(AveragePool2d(window)), &[x], TensorShape::new(h, w, 5), Relu);
        b
    }),
    ("elements", || {
        let mut b = Build::new(6, 7);
        let x = b.pw(PICTURE, 9, None);
        let y = b.constant(Add, x, [1, 7, 1]);
        let y = b.constant(Mul, y, [6, 1, 9]);
        let one = b.pw(y, 1, Logistic);
        let y = b.binary(Mul, one, y);
        let y = b.binary(Add, y, y);
        b.concat(&[y, x, one]);
        b
    }),
    ("mean_is_the_answer", || {
        let mut b = Build::new(6, 7);
        let x = b.pw(PICTURE, 6, Relu);
        b.mean(x);
        b
    }),
    ("spread", || {
        let mut b = Build::new(5, 6);
        let x = b.pw(PICTURE, 9, Relu);
        let x = b.spread(x, [2, 2, 5], 0, Relu);
        let x = b.spread(x, [3, 3, 2], 1, None);
        let x = b.spread(x, [3, 2, 6], 1, None);
        b.spread(x, [2, 2, 1], 0, Logistic);
        b
    }),
    ("spread_of_many", || {
        let mut b = Build::new(5, 6);
        let x = b.pw(PICTURE, 64, Relu);
        let x = b.spread(x, [1, 1, 64], 0, Relu);
        let x = b.activate(x, Relu6);
        let x = b.spread(x, [2, 2, 64], 0, Relu);
        b.spread(x, [2, 2, 16], 0, None);
        b
    }),
    ("means_of_many", || {
        let mut b = Build::new(9, 11);
        let [x, y] = [60, 72].map(|channels| b.pw(PICTURE, channels, None));
        let x = b.concat(&[x, y]);
        let x = b.activate(x, Relu);
        let x = b.gate(x, x, 8);
        b.pw(x, 3, None);
        b
    }),
    ("matrix_that_two_windows_read", || {
        let mut b = Build::new(36, 64);
        let x = b.conv(PICTURE, 3, 2, 96, Relu);
        let x = b.pw(x, 32, None);
        let wide = b.pw(x, 192, HardSwish);
        let down = b.dw(wide, [3, 2, 1, 1], Relu);
        let down = b.pw(down, 16, None);
        let up = b.resize(down, 18, 32, HalfPixel);
        let skip = b.dw(x, [3, 1, 1, 1], Relu);
        b.concat(&[skip, up]);
        b
    }),
    ("gate_that_a_gate_reads", || {
        let mut b = Build::new(12, 13);
        let x = b.pw(PICTURE, 16, Relu);
        let mean = b.mean(x);
        let gate = b.dense(mean, 16, Logistic);
        let y = b.binary(Mul, x, gate);
        let y = b.dw(y, [3, 1, 1, 1], Relu);
        let mean = b.mean(y);
        let both = b.binary(Add, mean, gate);
        let later = b.dense(both, 16, Logistic);
        b.binary(Mul, y, later);
        b
    }),
    ("bottleneck", || {
        let mut b = Build::new(18, 32);
        let x = b.conv(PICTURE, 3, 2, 24, HardSwish);
        let mut y = x;
        for size in [3, 5] {
            let e = b.pw(y, 72, HardSwish);
            let e = b.dw(e, [size, 1, 1, 1], HardSwish);
            let e = b.gate(e, e, 19);
            let e = b.pw(e, 24, None);
            y = b.binary(Add, e, y);
        }
        b
    }),
    ("decoder", || {
        let mut b = Build::new(18, 26);
        let skip = b.conv(PICTURE, 3, 2, 16, HardSwish);
        let x = b.dw(skip, [3, 2, 1, 1], Relu);
        let x = b.pw(x, 24, None);
        let x = b.resize(x, 9, 13, HalfPixel);
        let up = b.pw(x, 16, None);
        let both = b.concat(&[skip, up]);
        let gated = b.gate(skip, both, 11);
        let sum = b.binary(Add, gated, up);
        let x = b.pw(sum, 16, None);
        let d = b.dw(x, [3, 1, 1, 1], None);
        let d = b.activate(d, Relu6);
        let x = b.binary(Add, x, d);
        let x = b.spread(x, [2, 2, 2], 0, None);
        b.activate(x, Logistic);
        b
    }),
    ("decoder_of_sums", || {
        let mut b = Build::new(16, 24);
        let skip = b.conv(PICTURE, 3, 2, 16, HardSwish);
        let x = b.dw(skip, [3, 2, 1, 1], Relu);
        let x = b.resize(x, 8, 12, HalfPixel);
        let up = b.pw(x, 16, None);
        let sum = b.binary(Add, skip, up);
        let gated = b.gate(skip, sum, 8);
        let sum = b.binary(Add, gated, up);
        b.pw(sum, 16, Relu);
        b
    }),
    ("branches", || {
        let mut b = Build::new(11, 12);
        let x = b.pw(PICTURE, 40, Relu);
        let m = b.mean(x);
        let m = b.pw(m, 50, Relu);
        let m = b.resize(m, 11, 12, AlignCorners);
        let y = b.pw(x, 50, Relu);
        let c = b.concat(&[m, y]);
        let c = b.pw(c, 21, None);
        b.resize(c, 30, 31, AlignCorners);
        b
    }),
];
