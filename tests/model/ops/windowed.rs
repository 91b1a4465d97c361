//! Operators that slide a window: even sizes at stride 2 (asymmetric SAME), unequal axes, dilation, odd
//! channels.

use super::super::builder::{Field, Options};
use super::super::reference::{self, Window};
use super::{Case, NONE, RELU, RELU6, changed, conv_options, fuse, int, window};

pub(super) fn conv() {
    // Even sizes at stride 2 (asymmetric), unequal axes, dilation, VALID, channels that are no multiple of 4.
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

pub(super) fn depthwise() {
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

pub(super) fn transpose_conv() {
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

pub(super) fn average_pool() {
    let cases = [
        ("2×3 stride 1×2 VALID", window([2, 3], [1, 2], [1, 1], false)),
        ("3×3 stride 2 SAME, even", window([3, 3], [2, 2], [1, 1], true)),
        ("4×3 stride 1 SAME", window([4, 3], [1, 1], [1, 1], true)),
        ("whole map", window([8, 10], [8, 10], [1, 1], true)),
    ];
    for (what, window) in cases {
        let case = Case::new(8, 10, 5);
        let wanted = reference::average_pool(&case.value, window);
        // Control: a mean that counts the padding, or a sum.
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

/// The same window with other padding: the odd row and column of SAME before instead of after, or dilation
/// transposed.
fn wrong(w: &Window) -> Window {
    let flipped = !w.flipped;
    Window { flipped, dilation: [w.dilation[1], w.dilation[0]], ..*w }
}
