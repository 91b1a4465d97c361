//! Each operator family on burn and on the fast engine, in unusual configurations, against plain f64 loops.
//!
//! A case is a file: a 1×1 convolution from 3 channels, then the operator. The control is the same loop in
//! another configuration, which must not match.

mod attention;
mod pointwise;
mod windowed;

use gpucam::internals::{
    engine::KernelPlan,
    model::{Model, graph::Op},
};
use libtest_mimic::Trial;

use super::builder::{Field, File, Options};
use super::reference::{self as reference, Value, Window};
use super::{Noise, run, worst};
use crate::engine;
use crate::support::{gpu_test, test};

/// Sums of up to 100 float32 products of values around 1: 100 · 2⁻²⁴ · a few.
const TOLERANCE: f64 = 2e-5;

const NONE: u8 = 0;
const RELU: u8 = 1;
const RELU6: u8 = 3;

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("model::ops::conv", windowed::conv),
        gpu_test("model::ops::depthwise", windowed::depthwise),
        gpu_test("model::ops::transpose_conv", windowed::transpose_conv),
        gpu_test("model::ops::fully_connected", pointwise::fully_connected),
        gpu_test("model::ops::average_pool", windowed::average_pool),
        gpu_test("model::ops::mean", pointwise::mean),
        gpu_test("model::ops::activation", pointwise::activation),
        gpu_test("model::ops::binary", pointwise::binary),
        gpu_test("model::ops::resize", pointwise::resize),
        gpu_test("model::ops::concatenation", pointwise::concatenation),
        gpu_test("model::ops::reshape", pointwise::reshape),
        gpu_test("model::ops::transpose", attention::transpose),
        gpu_test("model::ops::softmax", attention::softmax),
        gpu_test("model::ops::sum", attention::sum),
        gpu_test("model::ops::resize_nearest_neighbor", attention::resize_nearest_neighbor),
        gpu_test("model::ops::builtin_transpose_conv", attention::transpose_conv),
        gpu_test("model::ops::linear_attention", attention::linear),
        test("model::ops::attention_refuses", attention::refuses),
    ]
}

/// A file under construction, and the expected content of its last value.
struct Case {
    file: File,
    noise: Noise,
    picture: Vec<f32>,
    /// The tensor after the first convolution; `value` is its expected content.
    x: i32,
    value: Value,
    /// The same tensor, whatever `x` becomes.
    first: i32,
}

impl Case {
    fn new(h: usize, w: usize, channels: usize) -> Self {
        let mut noise = Noise((h * 1000 + w * 10 + channels) as u32);
        let mut file = File::default();
        let picture = noise.take(h * w * 3);
        let input = file.value("picture", &[1, h, w, 3]);
        file.inputs = vec![input];
        let data = picture.iter().copied().map(f64::from).collect();
        let mut case =
            Self { file, noise, picture, x: input, first: input, value: Value { h, w, c: 3, data } };
        let (kernel, weights) = case.floats(&[channels, 1, 1, 3]);
        let (bias, biases) = case.floats(&[channels]);
        let value = reference::conv(&case.value, &weights, &biases, window([1, 1], [1, 1], [1, 1], true));
        let y = case.file.value("x", &value.shape());
        let options = conv_options(&window([1, 1], [1, 1], [1, 1], true), NONE);
        case.file.operator((3, "", 1), &[input, kernel, bias], y, Some(options));
        (case.x, case.value, case.first) = (y, value, y);
        case
    }

    /// A constant of noise, and its content.
    fn floats(&mut self, shape: &[usize]) -> (i32, Vec<f64>) {
        let data = self.noise.take(shape.iter().product());
        let tensor = self.file.floats("constant", shape, &data);
        (tensor, data.into_iter().map(f64::from).collect())
    }

    /// Appends the operator, with `x` before `inputs`, runs the file and compares.
    fn check(
        self,
        what: &str,
        code: (i32, &'static str, i32),
        inputs: &[i32],
        options: Option<Options>,
        wanted: &Value,
        wrong: &Value,
    ) {
        let inputs = [&[self.x][..], inputs].concat();
        self.finish(what, wanted, wrong, |file, y| file.operator(code, &inputs, y, options));
    }

    fn finish(mut self, what: &str, wanted: &Value, wrong: &Value, add: impl FnOnce(&mut File, i32)) {
        let y = self.file.value("y", &wanted.shape());
        add(&mut self.file, y);
        self.file.outputs = vec![y];
        let model =
            Model::from_bytes("case.tflite", &self.file.bytes()).unwrap_or_else(|e| panic!("{what}: {e}"));
        let fast = |tuning| engine::run(&model.graph, &self.picture, tuning);
        let mut engines = vec![("burn", run(&model.graph, &self.picture))];
        if model.graph.nodes.iter().any(|node| matches!(node.op, Op::Attention(_))) {
            // The fast engine leaves these to burn, and says so.
            let refusal = KernelPlan::new(&model.graph, engine::F32).expect_err("no kernels").0;
            assert!(refusal.contains("makes"), "{what}: {refusal}");
        } else {
            engines.extend([
                ("plain kernels", fast(engine::PLAIN)),
                ("fused kernels", fast(engine::F32)),
                ("narrow kernels over pictures", fast(engine::NARROW)),
            ]);
        }
        for (engine, got) in engines {
            let error = worst(&got, &wanted.data);
            note!("{what}, {engine}: {error:.1e}");
            assert!(error <= TOLERANCE, "{what}, {engine}: {error:e}");
            let control = worst(&got, &wrong.data);
            assert!(control > 100.0 * TOLERANCE, "{what}, {engine}: the control fits, {control:e}");
        }
    }
}

fn window(size: [usize; 2], stride: [usize; 2], dilation: [usize; 2], same: bool) -> Window {
    Window { size, stride, dilation, same, flipped: false }
}

fn int(index: usize, value: usize) -> (usize, Field) {
    (index, Field::I32(value as i32))
}

fn conv_options(w: &Window, activation: u8) -> Options {
    let fields = vec![
        (0, Field::U8(u8::from(!w.same))),
        int(1, w.stride[1]),
        int(2, w.stride[0]),
        (3, Field::U8(activation)),
        int(4, w.dilation[1]),
        int(5, w.dilation[0]),
    ];
    (1, fields)
}

fn fuse(value: &Value, activation: u8) -> Value {
    match activation {
        RELU => value.map(|v| v.max(0.0)),
        RELU6 => value.map(|v| v.clamp(0.0, 6.0)),
        _ => value.clone(),
    }
}

/// The weights with one changed.
fn changed(weights: &[f64]) -> Vec<f64> {
    let mut weights = weights.to_vec();
    weights[0] += 0.5;
    weights
}
