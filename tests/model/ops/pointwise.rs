//! Operators on pixels and elements.

use super::super::builder::Field;
use super::super::reference::{self, Value};
use super::{Case, NONE, RELU, changed, fuse, window};

pub(super) fn fully_connected() {
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

pub(super) fn mean() {
    let mut case = Case::new(6, 7, 5);
    let wanted = reference::average_pool(&case.value, window([6, 7], [1, 1], [1, 1], false));
    let control =
        Value::from_fn(1, 1, 5, |_, _, c| (0..7).map(|x| case.value.at(0, x, c)).sum::<f64>() / 7.0);
    let axes = case.file.ints("axes", &[2, -3]);
    case.check("mean", (40, "", 1), &[axes], Some((27, vec![(0, Field::U8(1))])), &wanted, &control);
}

pub(super) fn activation() {
    // Values in −8..8, then in −100..100.
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
            // Results are divided by the scale, for a relative tolerance.
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

pub(super) fn binary() {
    // Two computed operands, [1, h, w, c] and [1, 1, 1, c] from a mean, in both orders.
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
    // A value with itself: the operand is moved only once.
    let case = Case::new(4, 5, 3);
    let (wanted, control) = (case.value.map(|v| v * v), case.value.map(|v| v + v));
    let inputs = [case.x, case.x];
    case.finish("MUL with itself", &wanted, &control, |file, y| file.operator((18, "", 1), &inputs, y, None));
    // A constant with one element per column.
    let mut case = Case::new(4, 5, 3);
    let (constant, numbers) = case.floats(&[5, 1]);
    let columns = Value { h: 1, w: 5, c: 1, data: numbers };
    let wanted = reference::binary(&case.value, &columns, |a, b| a + b);
    let control = case.value.clone();
    case.check("ADD of columns", (0, "", 1), &[constant], None, &wanted, &control);
}

pub(super) fn resize() {
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

pub(super) fn concatenation() {
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

/// MEAN without keep_dims, then RESHAPE back to rank 4: the pair equals MEAN with keep_dims.
pub(super) fn reshape() {
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
