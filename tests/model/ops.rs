//! Each family of operators on wgpu, in configurations off the beaten track, against plain f64 loops.
//!
//! A case is a file: a convolution of one tap from 3 channels to some, then the operator. The control is the same loop
//! in another configuration, which must not fit.

use gpucam::model::Model;
use libtest_mimic::Trial;

use super::builder::{Field, File, Options};
use super::reference::{self as reference, Value, Window};
use super::{Noise, run, worst};
use crate::support::gpu_test;

/// Sums of up to 100 float32 products of numbers around 1: 100 · 2⁻²⁴ · a few.
const TOLERANCE: f64 = 2e-5;

const NONE: u8 = 0;
const RELU: u8 = 1;
const RELU6: u8 = 3;

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("model::ops::conv", conv),
        gpu_test("model::ops::depthwise", depthwise),
        gpu_test("model::ops::transpose_conv", transpose_conv),
        gpu_test("model::ops::fully_connected", fully_connected),
        gpu_test("model::ops::average_pool", average_pool),
        gpu_test("model::ops::mean", mean),
        gpu_test("model::ops::activation", activation),
        gpu_test("model::ops::binary", binary),
        gpu_test("model::ops::resize", resize),
        gpu_test("model::ops::concatenation", concatenation),
        gpu_test("model::ops::reshape", reshape),
    ]
}

/// A file under construction, with what its last value must be.
struct Case {
    file: File,
    noise: Noise,
    picture: Vec<f32>,
    /// The tensor after the first convolution, and its numbers.
    x: i32,
    value: Value,
}

impl Case {
    fn new(h: usize, w: usize, channels: usize) -> Self {
        let mut noise = Noise((h * 1000 + w * 10 + channels) as u32);
        let mut file = File::default();
        let picture = noise.take(h * w * 3);
        let input = file.value("picture", &[1, h, w, 3]);
        file.inputs = vec![input];
        let data = picture.iter().copied().map(f64::from).collect();
        let mut case = Self { file, noise, picture, x: input, value: Value { h, w, c: 3, data } };
        let (kernel, weights) = case.floats(&[channels, 1, 1, 3]);
        let (bias, biases) = case.floats(&[channels]);
        let value = reference::conv(&case.value, &weights, &biases, window([1, 1], [1, 1], [1, 1], true));
        let y = case.file.value("x", &value.shape());
        let options = conv_options(&window([1, 1], [1, 1], [1, 1], true), NONE);
        case.file.operator((3, "", 1), &[input, kernel, bias], y, Some(options));
        (case.x, case.value) = (y, value);
        case
    }

    /// A constant of noise, and its numbers.
    fn floats(&mut self, shape: &[usize]) -> (i32, Vec<f64>) {
        let data = self.noise.take(shape.iter().product());
        let tensor = self.file.floats("constant", shape, &data);
        (tensor, data.into_iter().map(f64::from).collect())
    }

    /// Adds the operator with `x` before `inputs`, runs the file, and compares.
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
        let got = run(&model.graph, &self.picture);
        let error = worst(&got, &wanted.data);
        println!("{what}: {error:.1e}");
        assert!(error <= TOLERANCE, "{what}: {error:e}");
        let control = worst(&got, &wrong.data);
        assert!(control > 100.0 * TOLERANCE, "{what}: the control fits, {control:e}");
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

fn depthwise_options(w: &Window, multiplier: usize, activation: u8) -> Options {
    let fields = vec![
        (0, Field::U8(u8::from(!w.same))),
        int(1, w.stride[1]),
        int(2, w.stride[0]),
        int(3, multiplier),
        (4, Field::U8(activation)),
        int(5, w.dilation[1]),
        int(6, w.dilation[0]),
    ];
    (2, fields)
}

fn fuse(value: &Value, activation: u8) -> Value {
    match activation {
        RELU => value.map(|v| v.max(0.0)),
        RELU6 => value.map(|v| v.clamp(0.0, 6.0)),
        _ => value.clone(),
    }
}

/// The same window with another edge: rows and columns of SAME on the other side, or dilation exchanged.
fn wrong(w: &Window) -> Window {
    let flipped = !w.flipped;
    Window { flipped, dilation: [w.dilation[1], w.dilation[0]], ..*w }
}

fn conv() {
    // Even sizes at stride 2 (asymmetric), both axes different, dilation, VALID, channels that are no multiple of 4.
    let cases = [
        ("3×3 stride 2 SAME, even", [8, 10], [4, 8], window([3, 3], [2, 2], [1, 1], true), RELU),
        ("3×5 stride 2×1 SAME", [8, 9], [5, 7], window([3, 5], [2, 1], [1, 1], true), NONE),
        ("3×2 dilation 2×3 SAME", [9, 11], [3, 6], window([3, 2], [1, 1], [2, 3], true), RELU6),
        ("2×3 stride 1×2 dilation 2×1 VALID", [8, 9], [6, 5], window([2, 3], [1, 2], [2, 1], false), NONE),
    ];
    for (what, [h, w], [c, out], window, activation) in cases {
        let mut case = Case::new(h, w, c);
        let (kernel, weights) = case.floats(&[out, window.size[0], window.size[1], c]);
        let (bias, biases) = case.floats(&[out]);
        let of = |weights: &[f64], window| {
            fuse(&reference::conv(&case.value, weights, &biases, window), activation)
        };
        let wanted = of(&weights, window);
        let control = if window.same { of(&weights, wrong(&window)) } else { of(&changed(&weights), window) };
        let control =
            if control.shape() == wanted.shape() { control } else { of(&changed(&weights), window) };
        case.check(
            what,
            (3, "", 1),
            &[kernel, bias],
            Some(conv_options(&window, activation)),
            &wanted,
            &control,
        );
    }
}

/// One weight changed.
fn changed(weights: &[f64]) -> Vec<f64> {
    let mut weights = weights.to_vec();
    weights[0] += 0.5;
    weights
}

fn depthwise() {
    let cases = [
        ("3×3 stride 2 SAME, even", [8, 10], 5, 1, window([3, 3], [2, 2], [1, 1], true), RELU6),
        ("5×5 stride 2 SAME, even", [10, 12], 8, 1, window([5, 5], [2, 2], [1, 1], true), NONE),
        ("3×3 dilation 4 SAME", [11, 9], 4, 1, window([3, 3], [1, 1], [4, 4], true), RELU),
        ("multiplier 2, 2×3 stride 1×2 VALID", [7, 8], 3, 2, window([2, 3], [1, 2], [1, 1], false), NONE),
    ];
    for (what, [h, w], c, multiplier, window, activation) in cases {
        let mut case = Case::new(h, w, c);
        let out = c * multiplier;
        let (kernel, weights) = case.floats(&[1, window.size[0], window.size[1], out]);
        let (bias, biases) = case.floats(&[out]);
        let of = |weights: &[f64], window| {
            fuse(&reference::depthwise(&case.value, weights, &biases, window), activation)
        };
        let wanted = of(&weights, window);
        let asymmetric = window.same && window.stride == [2, 2];
        let control = if asymmetric { of(&weights, wrong(&window)) } else { of(&changed(&weights), window) };
        let options = Some(depthwise_options(&window, multiplier, activation));
        case.check(what, (4, "", 2), &[kernel, bias], options, &wanted, &control);
    }
}

fn transpose_conv() {
    let cases = [
        ("2×2 stride 2 SAME", [4, 6], [8, 2], [2, 2], [2, 2], true),
        ("2×3 stride 2×3 SAME, odd: cut", [5, 4], [5, 3], [2, 3], [2, 3], true),
        ("3×3 stride 2 SAME, overlapping", [4, 5], [4, 2], [3, 3], [2, 2], true),
        ("3×2 stride 1×2 VALID, overlapping", [4, 5], [3, 1], [3, 2], [1, 2], false),
    ];
    for (what, [h, w], [c, out], size, stride, same) in cases {
        let mut case = Case::new(h, w, c);
        let (kernel, weights) = case.floats(&[out, size[0], size[1], c]);
        let (bias, biases) = case.floats(&[out]);
        let of =
            |weights: &[f64]| reference::transpose_conv(&case.value, weights, &biases, size, stride, same);
        let (wanted, control) = (of(&weights), of(&changed(&weights)));
        let options = [if same { 1 } else { 2 }, stride[1] as i32, stride[0] as i32];
        let inputs = [case.x, kernel, bias];
        case.finish(what, &wanted, &control, |file, y| {
            file.custom("Convolution2DTransposeBias", &inputs, y, &options)
        });
    }
}

fn fully_connected() {
    for (what, [h, w], keep, with_bias, activation) in [
        ("keep_num_dims, a pixel each", [3, 5], true, true, RELU),
        ("[1, c], no bias", [1, 1], false, false, NONE),
    ] {
        let mut case = Case::new(h, w, 6);
        let (kernel, weights) = case.floats(&[5, 6]);
        let (bias, biases) = if with_bias { case.floats(&[5]) } else { (-1, vec![0.0; 5]) };
        let one = window([1, 1], [1, 1], [1, 1], true);
        let of = |weights: &[f64]| fuse(&reference::conv(&case.value, weights, &biases, one), activation);
        let (wanted, control) = (of(&weights), of(&changed(&weights)));
        let options = (8, vec![(0, Field::U8(activation)), (2, Field::U8(u8::from(keep)))]);
        case.check(what, (9, "", 1), &[kernel, bias], Some(options), &wanted, &control);
    }
}

fn average_pool() {
    let cases = [
        ("2×3 stride 1×2 VALID", window([2, 3], [1, 2], [1, 1], false)),
        ("3×3 stride 2 SAME, even", window([3, 3], [2, 2], [1, 1], true)),
        ("4×3 stride 1 SAME", window([4, 3], [1, 1], [1, 1], true)),
        ("whole map", window([8, 10], [8, 10], [1, 1], true)),
    ];
    for (what, window) in cases {
        let case = Case::new(8, 10, 5);
        let wanted = reference::average_pool(&case.value, window);
        // As a mean that counts the padding, or a sum.
        let control = wanted.map(|v| v * 0.9);
        let fields = vec![
            (0, Field::U8(u8::from(!window.same))),
            int(1, window.stride[1]),
            int(2, window.stride[0]),
            int(3, window.size[1]),
            int(4, window.size[0]),
        ];
        case.check(what, (1, "", 1), &[], Some((5, fields)), &wanted, &control);
    }
}

fn mean() {
    let mut case = Case::new(6, 7, 5);
    let wanted = reference::average_pool(&case.value, window([6, 7], [1, 1], [1, 1], false));
    let control =
        Value::from_fn(1, 1, 5, |_, _, c| (0..7).map(|x| case.value.at(0, x, c)).sum::<f64>() / 7.0);
    let axes = case.file.ints("axes", &[2, -3]);
    case.check("mean", (40, "", 1), &[axes], Some((27, vec![(0, Field::U8(1))])), &wanted, &control);
}

fn activation() {
    // Numbers of −8 to 8, and a few far out.
    type Function = fn(f64) -> f64;
    let cases: [(&str, i32, Function, Function); 4] = [
        ("RELU", 19, |v| v.max(0.0), |v| v),
        ("RELU6", 21, |v| v.clamp(0.0, 6.0), |v| v.max(0.0)),
        ("HARD_SWISH", 117, reference::hard_swish, |v| v),
        ("LOGISTIC", 14, reference::logistic, |v| (v / 6.0 + 0.5).clamp(0.0, 1.0)),
    ];
    for (what, code, function, other) in cases {
        for scale in [8.0, 100.0] {
            let mut case = Case::new(5, 6, 3);
            let factor = case.file.floats("factor", &[], &[scale]);
            let scaled = case.value.map(|v| v * f64::from(scale));
            let y = case.file.value("scaled", &scaled.shape());
            let inputs = [factor, case.x];
            case.file.operator((18, "", 1), &inputs, y, Some((21, vec![])));
            case.x = y;
            // Relative to numbers of this size.
            let unit = if code == 14 { 1.0 } else { f64::from(scale) };
            let shrink = case.file.floats("shrink", &[1, 1, 1, 1], &[1.0 / unit as f32]);
            let result = case.file.value("result", &scaled.shape());
            let inputs = [case.x];
            case.file.operator((code, "", 1), &inputs, result, None);
            case.x = result;
            let wanted = scaled.map(|v| function(v) / unit);
            let control = scaled.map(|v| other(v) / unit);
            case.check(what, (18, "", 1), &[shrink], Some((21, vec![])), &wanted, &control);
        }
    }
}

fn binary() {
    // Both operands computed: [1, h, w, c] with [1, 1, 1, c] from a mean, either way round.
    for (what, code, options, function) in
        [("ADD", 0, 11, (|a, b| a + b) as fn(f64, f64) -> f64), ("MUL", 18, 21, |a, b| a * b)]
    {
        for swapped in [false, true] {
            let mut case = Case::new(6, 7, 5);
            let pooled = reference::average_pool(&case.value, window([6, 7], [1, 1], [1, 1], false));
            let axes = case.file.ints("axes", &[1, 2]);
            let m = case.file.value("m", &pooled.shape());
            let inputs = [case.x, axes];
            case.file.operator((40, "", 1), &inputs, m, Some((27, vec![(0, Field::U8(1))])));
            let wanted = fuse(&reference::binary(&case.value, &pooled, function), RELU);
            let control = fuse(&reference::binary(&case.value, &pooled, |a, b| a - b), RELU);
            let inputs = if swapped { [m, case.x] } else { [case.x, m] };
            let options = (options, vec![(0, Field::U8(RELU))]);
            case.finish(what, &wanted, &control, |file, y| {
                file.operator((code, "", 1), &inputs, y, Some(options))
            });
        }
    }
    // A value with itself: the operand is given away once only.
    let case = Case::new(4, 5, 3);
    let (wanted, control) = (case.value.map(|v| v * v), case.value.map(|v| v + v));
    let inputs = [case.x, case.x];
    case.finish("MUL with itself", &wanted, &control, |file, y| file.operator((18, "", 1), &inputs, y, None));
    // A constant of one number for each column.
    let mut case = Case::new(4, 5, 3);
    let (constant, numbers) = case.floats(&[5, 1]);
    let columns = Value { h: 1, w: 5, c: 1, data: numbers };
    let wanted = reference::binary(&case.value, &columns, |a, b| a + b);
    let control = case.value.clone();
    case.check("ADD of columns", (0, "", 1), &[constant], None, &wanted, &control);
}

fn resize() {
    let cases = [
        ("half pixel, 2×", [4, 6], [8, 12], false),
        ("half pixel, up and down", [5, 9], [8, 4], false),
        ("align corners, up", [5, 4], [9, 13], true),
        ("align corners, down", [9, 8], [5, 3], true),
        ("align corners, from one", [1, 1], [4, 5], true),
        ("half pixel, from one", [1, 1], [4, 5], false),
        ("align corners, the same", [5, 4], [5, 4], true),
    ];
    for (what, [h, w], [oh, ow], corners) in cases {
        let mut case = Case::new(h, w, 5);
        let wanted = reference::resize(&case.value, oh, ow, corners);
        let other = reference::resize(&case.value, oh, ow, !corners);
        let same = h * w == 1 || [h, w] == [oh, ow];
        let control = if same { wanted.map(|v| v + 0.1) } else { other };
        let size = case.file.ints("size", &[oh as i32, ow as i32]);
        let options = (15, vec![(2, Field::U8(u8::from(corners))), (3, Field::U8(u8::from(!corners)))]);
        case.check(what, (23, "", 3), &[size], Some(options), &wanted, &control);
    }
}

fn concatenation() {
    for axis in [-1, 3] {
        let mut case = Case::new(4, 5, 3);
        let relu = case.value.map(|v| v.max(0.0));
        let r = case.file.value("r", &relu.shape());
        let inputs = [case.x];
        case.file.operator((19, "", 1), &inputs, r, None);
        let of = |parts: [&Value; 3]| Value::from_fn(4, 5, 9, |y, x, c| parts[c / 3].at(y, x, c % 3));
        let (wanted, control) = (of([&relu, &case.value, &relu]), of([&case.value, &relu, &relu]));
        let inputs = [r, case.x, r];
        let options = (10, vec![(0, Field::I32(axis))]);
        case.finish("three values", &wanted, &control, |file, y| {
            file.operator((2, "", 1), &inputs, y, Some(options))
        });
    }
}

/// MEAN without kept axes, then RESHAPE back to four: as if it were not there.
fn reshape() {
    let mut case = Case::new(4, 5, 6);
    let wanted = reference::average_pool(&case.value, window([4, 5], [1, 1], [1, 1], false));
    let control = wanted.map(|v| v + 0.1);
    let axes = case.file.ints("axes", &[1, 2]);
    let flat = case.file.value("flat", &[1, 6]);
    let inputs = [case.x, axes];
    case.file.operator((40, "", 1), &inputs, flat, Some((27, vec![])));
    let back = case.file.value("back", &[1, 1, 1, 6]);
    let shape = case.file.ints("shape", &[1, 1, 1, 6]);
    case.file.operator((22, "", 1), &[flat, shape], back, None);
    case.x = back;
    case.check("reshape", (19, "", 1), &[], None, &wanted.map(|v| v.max(0.0)), &control);
}
