//! Operators that move, sum and normalise elements.

use gpucam::internals::model::Model;

use super::super::builder::{Field, File, INT32};
use super::super::reference::{self, Value};
use super::{Case, RELU, changed, fuse, int};

/// The value's elements in their order, in another shape.
fn shaped(value: &Value, h: usize, w: usize, c: usize) -> Value {
    Value { h, w, c, data: value.data.clone() }
}

/// Appends an operator whose result has `shape` in the file, and makes it the operand of the next.
fn then(
    case: &mut Case,
    code: i32,
    operand: Option<i32>,
    options: Option<super::Options>,
    shape: &[usize],
    value: Value,
) {
    let y = case.file.value("between", shape);
    let inputs: Vec<i32> = [case.x].into_iter().chain(operand).collect();
    case.file.operator((code, "", 1), &inputs, y, options);
    (case.x, case.value) = (y, value);
}

pub(super) fn transpose() {
    for axes in [[0, 2, 1, 3], [0, 3, 1, 2], [0, 2, 3, 1], [0, 3, 2, 1]] {
        let mut case = Case::new(3, 5, 4);
        let sides = [3, 5, 4];
        let [h, w, c] = [1, 2, 3].map(|i| sides[axes[i] as usize - 1]);
        let of = |axes: [i32; 4]| {
            Value::from_fn(h, w, c, |i, j, k| {
                let mut at = [0; 3];
                (0..3).for_each(|n| {
                    at[axes[n + 1] as usize - 1] = [i, j, k][n] % sides[axes[n + 1] as usize - 1]
                });
                case.value.at(at[0], at[1], at[2])
            })
        };
        let (wanted, control) = (of(axes), of([0, 1, 2, 3]));
        let operand = case.file.ints("axes", &axes);
        case.check("transpose", (39, "", 4), &[operand], None, &wanted, &control);
    }
    // Three axes: [1, 15, 4] becomes [1, 4, 15].
    let mut case = Case::new(3, 5, 4);
    let flat = shaped(&case.value, 1, 15, 4);
    let shape = case.file.ints("shape", &[1, 15, 4]);
    then(&mut case, 22, Some(shape), None, &[1, 15, 4], flat.clone());
    let turned = Value::from_fn(1, 4, 15, |_, c, i| flat.at(0, i, c));
    let operand = case.file.ints("axes", &[0, 2, 1]);
    then(&mut case, 39, Some(operand), None, &[1, 4, 15], turned.clone());
    let shape = case.file.ints("shape", &[1, 2, 2, 15]);
    let wanted = shaped(&turned, 2, 2, 15);
    let control = Value::from_fn(2, 2, 15, |y, x, c| flat.at(0, c, (2 * y + x + 1) % 4));
    case.check("transpose of three axes", (22, "", 1), &[shape], None, &wanted, &control);
}

fn softmax_of(value: &Value) -> Value {
    Value::from_fn(value.h, value.w, value.c, |y, x, c| {
        let sum: f64 = (0..value.c).map(|k| (value.at(y, x, k) - value.at(y, x, c)).exp()).sum();
        1.0 / sum
    })
}

fn beta(beta: f32) -> Option<super::Options> {
    Some((9, vec![(0, Field::I32(beta.to_bits() as i32))]))
}

pub(super) fn softmax() {
    let mut case = Case::new(3, 4, 7);
    let wanted = softmax_of(&case.value);
    // Over the columns instead.
    let control = Value::from_fn(3, 4, 7, |y, x, c| {
        1.0 / (0..4).map(|k| (case.value.at(y, k, c) - case.value.at(y, x, c)).exp()).sum::<f64>()
    });
    // A softmax at the end is left to the decoding of the output, so a RELU follows, which keeps positive numbers.
    then(&mut case, 25, None, beta(1.0), &[1, 3, 4, 7], wanted.clone());
    case.check("softmax", (19, "", 1), &[], None, &wanted, &control);
}

pub(super) fn sum() {
    let keep = |keep: bool| Some((27, vec![(0, Field::U8(u8::from(keep)))]));
    let mut case = Case::new(3, 5, 4);
    let wanted =
        Value::from_fn(3, 1, 1, |y, _, _| (0..20).map(|i| case.value.at(y, i / 4, i % 4)).sum::<f64>());
    let control = Value::from_fn(3, 1, 1, |y, _, _| (0..5).map(|x| case.value.at(y, x, 0)).sum::<f64>());
    let axes = case.file.ints("axes", &[-1, 2]);
    case.check("sum of columns and channels", (74, "", 1), &[axes], keep(true), &wanted, &control);

    // Without the axis: [1, 3, 5, 4] becomes [1, 3, 4], then [1, 3, 4, 1].
    let mut case = Case::new(3, 5, 4);
    let sums = Value::from_fn(1, 3, 4, |_, y, c| (0..5).map(|x| case.value.at(y, x, c)).sum::<f64>());
    let axes = case.file.ints("axes", &[2]);
    then(&mut case, 74, Some(axes), keep(false), &[1, 3, 4], sums.clone());
    let shape = case.file.ints("shape", &[1, 3, 4, 1]);
    let (wanted, control) = (shaped(&sums, 3, 4, 1), shaped(&sums.map(|v| v / 5.0), 3, 4, 1));
    case.check("sum of an axis that goes", (22, "", 1), &[shape], None, &wanted, &control);
}

pub(super) fn resize_nearest_neighbor() {
    for half_pixel in [false, true] {
        let mut case = Case::new(3, 4, 5);
        let wanted = Value::from_fn(9, 8, 5, |y, x, c| case.value.at(y / 3, x / 2, c));
        let control = reference::resize(&case.value, 9, 8, false);
        let size = case.file.ints("size", &[9, 8]);
        let options = (74, vec![(1, Field::U8(u8::from(half_pixel)))]);
        case.check("nearest", (97, "", 3), &[size], Some(options), &wanted, &control);
    }
}

pub(super) fn transpose_conv() {
    let cases = [
        ("2x2 stride 2 SAME", [4, 6], [8, 2], [2, 2], [2, 2], true),
        ("3x3 stride 2 SAME, overlapping", [4, 5], [4, 2], [3, 3], [2, 2], true),
        ("4x3 stride 2x1 SAME", [3, 5], [3, 5], [4, 3], [2, 1], true),
        ("3x2 stride 1x2 VALID, overlapping", [4, 5], [3, 1], [3, 2], [1, 2], false),
    ];
    for (what, [h, w], [c, out], size, stride, same) in cases {
        let mut case = Case::new(h, w, c);
        let (kernel, weights) = case.floats(&[out, size[0], size[1], c]);
        let (bias, biases) = case.floats(&[out]);
        let full = reference::transpose_conv(&case.value, &weights, &biases, size, stride, false);
        let wrong = reference::transpose_conv(&case.value, &changed(&weights), &biases, size, stride, false);
        // SAME: stride times as large, of which the smaller half of what is left goes before.
        let of = |full: &Value| {
            let [oh, ow] = if same { [h * stride[0], w * stride[1]] } else { [full.h, full.w] };
            let (top, left) = ((full.h - oh) / 2, (full.w - ow) / 2);
            fuse(&Value::from_fn(oh, ow, out, |y, x, c| full.at(y + top, x + left, c)), RELU)
        };
        let (wanted, control) = (of(&full), of(&wrong));
        let shape = case.file.ints("shape", &[1, wanted.h as i32, wanted.w as i32, out as i32]);
        let fields =
            vec![(0, Field::U8(u8::from(!same))), int(1, stride[1]), int(2, stride[0]), (3, Field::U8(RELU))];
        let inputs = [shape, kernel, case.x, bias];
        case.finish(what, &wanted, &control, |file, y| {
            file.operator((67, "", 4), &inputs, y, Some((49, fields)))
        });
    }
}

/// What attention without a product of matrices is made of: keys weighted by a softmax over all places, and summed.
pub(super) fn linear() {
    let mut case = Case::new(3, 4, 6);
    let value = case.value.clone();
    // [1, 3, 4, 6] as [1, 12, 6], places last, a softmax over them, and back.
    let places = Value::from_fn(1, 6, 12, |_, c, i| value.at(i / 4, i % 4, c));
    let shape = case.file.ints("shape", &[1, 12, 6]);
    then(&mut case, 22, Some(shape), None, &[1, 12, 6], shaped(&value, 1, 12, 6));
    let axes = case.file.ints("axes", &[0, 2, 1]);
    then(&mut case, 39, Some(axes), None, &[1, 6, 12], places.clone());
    let weights = softmax_of(&places);
    then(&mut case, 25, None, beta(1.0), &[1, 6, 12], weights.clone());
    let of = |weights: &Value| {
        Value::from_fn(1, 1, 6, |_, _, c| {
            (0..12).map(|i| weights.at(0, c, i) * places.at(0, c, i)).sum::<f64>()
        })
    };
    let wanted = of(&weights);
    let control = of(&softmax_of(&shaped(&value, 1, 6, 12)));
    let product = case.file.value("product", &[1, 6, 12]);
    let keys = case.file.value("keys", &[1, 6, 12]);
    let again = case.file.value("again", &[1, 12, 6]);
    let source = case.file.ints("shape", &[1, 12, 6]);
    // The first value again, by the same way.
    let first = case.first;
    case.file.operator((22, "", 1), &[first, source], again, None);
    case.file.operator((39, "", 1), &[again, axes], keys, None);
    case.file.operator((18, "", 1), &[case.x, keys], product, None);
    case.x = product;
    let axis = case.file.ints("axis", &[-1]);
    let sums = case.file.value("sums", &[1, 6]);
    case.file.operator((74, "", 1), &[product, axis], sums, Some((27, vec![])));
    let shape = case.file.ints("shape", &[1, 1, 1, 6]);
    case.x = sums;
    case.check("linear attention", (22, "", 1), &[shape], None, &wanted, &control);
}

/// What is not known is refused by name, not run as something else.
pub(super) fn refuses() {
    let refusal = |add: &dyn Fn(&mut File, i32), shape: &[usize]| {
        let mut file = File::default();
        let x = file.value("picture", &[1, 4, 6, 3]);
        let y = file.value("y", shape);
        add(&mut file, x);
        (file.inputs, file.outputs) = (vec![x], vec![y]);
        Model::from_bytes("own.tflite", &file.bytes()).expect_err("refused").to_string()
    };
    let y = 1;
    let operator =
        |file: &mut File, code, inputs: &[i32], options| file.operator((code, "", 1), inputs, y, options);
    type Add<'a> = &'a dyn Fn(&mut File, i32);
    let cases: [(Add<'_>, &[usize], &[&str]); 6] = [
        (&|f, x| operator(f, 25, &[x], beta(2.0)), &[1, 4, 6, 3], &["SOFTMAX", "beta 2"]),
        (
            &|f, x| {
                let axes = f.ints("axes", &[3, 1, 2, 0]);
                operator(f, 39, &[x, axes], None);
            },
            &[1, 4, 6, 3],
            &["TRANSPOSE", "first"],
        ),
        // Found by fuzzing: the product of these sides is no i32.
        (
            &|f, x| {
                let axes = f.tensor("axes", &[70_000, 70_000], INT32, Some(vec![0; 16]));
                operator(f, 39, &[x, axes], None);
            },
            &[1, 4, 6, 3],
            &["TRANSPOSE", "[70000, 70000]"],
        ),
        (
            &|f, x| {
                let axes = f.ints("axes", &[0]);
                operator(f, 74, &[x, axes], Some((27, vec![])));
            },
            &[1, 4, 6, 3],
            &["SUM", "axis 0"],
        ),
        (
            &|f, x| {
                let size = f.ints("size", &[6, 9]);
                operator(f, 97, &[x, size], Some((74, vec![])));
            },
            &[1, 6, 9, 3],
            &["RESIZE_NEAREST_NEIGHBOR", "whole factors"],
        ),
        (
            &|f, x| {
                let shape = f.ints("shape", &[1, 4, 6, 4]);
                operator(f, 22, &[x, shape], None);
            },
            &[1, 4, 6, 4],
            &["RESHAPE", "72 elements"],
        ),
    ];
    for (add, shape, names) in cases {
        let text = refusal(add, shape);
        assert!(names.iter().all(|name| text.contains(name)), "{text}");
    }
}
