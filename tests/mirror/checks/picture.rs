//! Colour, sizes and exposure.

use gpucam::internals::{Colorimetry, Matrix, Range, Size};

use super::{LIMITED_601, LIMITED_709, gap, grey};
use crate::mirror::{
    Plane, Rgb, expose, luma,
    preprocess::{self, Content},
    yuyv,
};

/// SMPTE bars of 75 %, (Y, Cb, Cr) in 8 bits as published for test generators; white, yellow, cyan, green,
/// magenta, red, blue, black.
const BARS_601: [[u8; 3]; 8] = [
    [180, 128, 128],
    [162, 44, 142],
    [131, 156, 44],
    [112, 72, 58],
    [84, 184, 198],
    [65, 100, 212],
    [35, 212, 114],
    [16, 128, 128],
];
const BARS_709: [[u8; 3]; 8] = [
    [180, 128, 128],
    [168, 44, 136],
    [145, 147, 44],
    [133, 63, 52],
    [63, 193, 204],
    [51, 109, 212],
    [28, 212, 120],
    [16, 128, 128],
];
const BARS_RGB: [[f64; 3]; 8] = [
    [0.75, 0.75, 0.75],
    [0.75, 0.75, 0.0],
    [0.0, 0.75, 0.75],
    [0.0, 0.75, 0.0],
    [0.75, 0.0, 0.75],
    [0.75, 0.0, 0.0],
    [0.0, 0.0, 0.75],
    [0.0, 0.0, 0.0],
];

pub fn bars() {
    // A code is off by at most ½: ½/219 in luma and 1.8556 · ½/224 in blue, 0.0065 in all.
    let tolerance = 0.0065;
    let decoded = |colorimetry, bars: [[u8; 3]; 8]| {
        let error =
            |(bar, want): (&[u8; 3], &[f64; 3])| gap(&yuyv::rgb(colorimetry, bar[0], bar[1], bar[2]), want);
        bars.iter().zip(&BARS_RGB).map(error).fold(0.0, f64::max)
    };
    assert!(decoded(LIMITED_601, BARS_601) < tolerance);
    assert!(decoded(LIMITED_709, BARS_709) < tolerance);
    assert!(decoded(LIMITED_709, BARS_601) > 10.0 * tolerance, "control: the wrong matrix");
    for (colorimetry, bars) in [(LIMITED_601, BARS_601), (LIMITED_709, BARS_709)] {
        for (bar, rgb) in bars.iter().zip(BARS_RGB) {
            assert_eq!(yuyv::word(colorimetry, [rgb; 2]), [bar[0], bar[1], bar[0], bar[2]]);
        }
    }
    // JFIF: pure red is (76, 85, 255) (84.97 and 255.5 before rounding and clamping).
    let full = Colorimetry { matrix: Matrix::Bt601, range: Range::Full };
    assert_eq!(yuyv::word(full, [[1.0, 0.0, 0.0]; 2]), [76, 85, 76, 255]);
}

pub fn pair() {
    let size = Size::new(2, 1);
    let bytes = [100, 90, 200, 160];
    let frame = yuyv::decode_unclamped(&bytes, size, LIMITED_601);
    assert_eq!(frame.at(0, 0), yuyv::rgb(LIMITED_601, 100, 90, 160));
    assert_eq!(frame.at(1, 0), yuyv::rgb(LIMITED_601, 200, 90, 160));
    assert_eq!(yuyv::encode(&frame, LIMITED_601), bytes);
    let word = yuyv::word(LIMITED_601, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    // Red (Cb 90.2, Cr 240), blue (Cb 240, Cr 109.8): the means are 165.1 and 174.9.
    assert_eq!(word, [81, 165, 41, 175]);
    let clamped = yuyv::decode(&[255, 240, 0, 240], size, LIMITED_601);
    assert!(clamped.values().iter().all(|v| (0.0..=1.0).contains(v)));
    assert!(
        yuyv::decode_unclamped(&[255, 240, 0, 240], size, LIMITED_601).at(0, 0)[0] > 1.0,
        "control: not clamped"
    );
}

pub fn area() {
    let ramp = grey(5, 1, |x, _| x as f64 / 4.0);
    // 5 to 2: (0 + 1 + ½·2)/2.5 = 0.8 and (½·2 + 3 + 4)/2.5 = 3.2, over 4.
    let small = preprocess::area(&ramp, 2, 1);
    assert!(gap(small.values(), &[0.2, 0.2, 0.2, 0.8, 0.8, 0.8]) < 1e-15);
    let whole_pixels = [0.25 * 0.5, 0.25 * 3.0];
    assert!(gap(&[small.at(0, 0)[0], small.at(1, 0)[0]], &whole_pixels) > 0.04, "control: whole pixels only");
    // 1.5 beside −0.5 is ½; clamped first it would be ½ too, so take 1.5 beside 0: ¾, not ½.
    assert_eq!(preprocess::area(&grey(2, 1, |x, _| [1.5, 0.0][x]), 1, 1).at(0, 0), [0.75; 3]);
    assert_eq!(preprocess::area(&Rgb::flat(646, 362, [0.25; 3]), 257, 143), Rgb::flat(257, 143, [0.25; 3]));
}

pub fn letterbox() {
    let content = Content { x: 0, y: 2, width: 8, height: 4 };
    let boxed = preprocess::letterboxed(&Rgb::flat(16, 8, [0.5; 3]), 8, 8, content);
    for y in 0..8 {
        let want = if (2..6).contains(&y) { [0.5; 3] } else { [0.0; 3] };
        assert!((0..8).all(|x| boxed.at(x, y) == want), "row {y}");
    }
    let whole = preprocess::letterboxed(&Rgb::flat(16, 8, [0.5; 3]), 8, 8, Content::whole(8, 8));
    assert_eq!(whole, Rgb::flat(8, 8, [0.5; 3]));
}

pub fn meter() {
    assert_eq!(expose::meter(&Rgb::flat(4, 4, [0.1; 3])), 4.0);
    assert_eq!(expose::meter(&Rgb::flat(4, 4, [0.6; 3])), 1.0);
    assert!((expose::meter(&Rgb::flat(4, 4, [0.299; 3])) - 1.5).abs() < 1e-12);
    // Half red, half black: mean luma 0.1495.
    let half = Plane::from_fn(2, 1, |x, _| [[1.0, 0.0, 0.0], [0.0; 3]][x]);
    assert!((expose::meter(&half) - 0.45 / 0.1505).abs() < 1e-12);
    assert!((luma([1.0; 3]) - 1.0).abs() < 1e-15);
    let input = expose::expose(&Rgb::flat(1, 1, [0.25, 0.5, 1.0]), 1.5, 2.0, -1.0);
    assert_eq!(input.at(0, 0), [-0.25, 0.5, 1.0]);
}
