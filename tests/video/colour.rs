//! Conversion between R'G'B' and YUYV, compared with the numbers printed in the Recommendations.

use gpucam::internals::{Colorimetry, Matrix, Range, Size, Yuyv};
use libtest_mimic::Trial;

use super::{COLORIMETRIES, noise};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::colour::encoding_is_the_nearest_code", encoding_is_the_nearest_code),
        test("video::colour::decoding_is_the_nearest_code", decoding_is_the_nearest_code),
        test("video::colour::decode_encode_is_within_one", decode_encode_is_within_one),
        test("video::colour::a_pair_shares_its_mean_chroma", a_pair_shares_its_mean_chroma),
    ]
}

/// Half a code, plus the last bit of f64.
const NEAREST: f64 = 0.5 + 1e-9;

/// (Kr, Kg, Kb, divisor of B − Y, divisor of R − Y): BT.601-7 clause 2.5.1, BT.709-6 clauses 3.2 and 3.3.
fn printed(matrix: Matrix) -> (f64, f64, f64, f64, f64) {
    match matrix {
        Matrix::Bt601 => (0.299, 0.587, 0.114, 1.772, 1.402),
        Matrix::Bt709 => (0.2126, 0.7152, 0.0722, 1.8556, 1.5748),
    }
}

/// Unrounded Y Cb Cr codes of R'G'B' in 0..1.
pub(super) fn encode(c: Colorimetry, [r, g, b]: [f64; 3]) -> [f64; 3] {
    let (kr, kg, kb, cb, cr) = printed(c.matrix);
    let y = kr * r + kg * g + kb * b;
    match c.range {
        Range::Limited => [219.0 * y + 16.0, 224.0 * (b - y) / cb + 128.0, 224.0 * (r - y) / cr + 128.0],
        Range::Full => [255.0 * y, 255.0 * (b - y) / cb + 128.0, 255.0 * (r - y) / cr + 128.0],
    }
}

/// R'G'B' of codes: 0..255, clamped, unrounded.
pub(super) fn decode(c: Colorimetry, [y, cb, cr]: [u8; 3]) -> [f64; 3] {
    let (kr, kg, kb, db, dr) = printed(c.matrix);
    let [y, cb, cr] = [y, cb, cr].map(f64::from);
    let (y, b, r) = match c.range {
        Range::Limited => ((y - 16.0) / 219.0, db * (cb - 128.0) / 224.0, dr * (cr - 128.0) / 224.0),
        Range::Full => (y / 255.0, db * (cb - 128.0) / 255.0, dr * (cr - 128.0) / 255.0),
    };
    let (r, b) = (y + r, y + b);
    [r, (y - kr * r - kb * b) / kg, b].map(|v| (255.0 * v).clamp(0.0, 255.0))
}

/// A picture with all combinations of 16 levels of R, G and B, each as a pair of equal pixels.
fn levels() -> (Size, Vec<u8>) {
    let rgb = (0..16 * 16 * 16_u32).flat_map(|i| [i >> 8, (i >> 4) & 15, i & 15].map(|l| (17 * l) as u8));
    let rgb: Vec<u8> = rgb.collect();
    let pairs = rgb.chunks_exact(3).flat_map(|p| [p, p].concat()).collect();
    (Size::new(2 * 64, 64), pairs)
}

fn encoding_is_the_nearest_code() {
    let (size, rgb) = levels();
    let worst = |as_said: Colorimetry, meant: Colorimetry| {
        let yuyv = Yuyv::from_rgb8(size, as_said, &rgb);
        assert_eq!(yuyv.bytes.len(), size.yuyv_bytes());
        let pairs = yuyv.bytes.chunks_exact(4).zip(rgb.chunks_exact(6));
        let off = pairs.map(|(code, p)| {
            let [y, cb, cr] = encode(meant, [p[0], p[1], p[2]].map(|v| f64::from(v) / 255.0));
            let exact = [y, cb, y, cr].map(|v| v.clamp(0.0, 255.0));
            code.iter().zip(exact).map(|(&c, v)| (f64::from(c) - v).abs()).fold(0.0, f64::max)
        });
        off.fold(0.0, f64::max)
    };
    for c in COLORIMETRIES {
        assert!(worst(c, c) <= NEAREST, "{c:?}: {}", worst(c, c));
        let [a, b] = wrong(c);
        assert!(worst(c, a) > 1.0 && worst(c, b) > 1.0, "{c:?}: the control passed");
    }
}

/// The other matrix and the other range.
fn wrong(c: Colorimetry) -> [Colorimetry; 2] {
    let matrix = if c.matrix == Matrix::Bt601 { Matrix::Bt709 } else { Matrix::Bt601 };
    let range = if c.range == Range::Full { Range::Limited } else { Range::Full };
    [Colorimetry { matrix, ..c }, Colorimetry { range, ..c }]
}

fn decoding_is_the_nearest_code() {
    let size = Size::new(320, 200);
    let yuyv = Yuyv { size, bytes: noise(size.yuyv_bytes(), 3) };
    let worst = |as_said: Colorimetry, meant: Colorimetry| {
        let rgb = yuyv.to_rgb8(as_said);
        assert_eq!(rgb.len(), 3 * size.area());
        let pairs = rgb.chunks_exact(6).zip(yuyv.bytes.chunks_exact(4));
        let off = pairs.map(|(rgb, p)| {
            let exact = [decode(meant, [p[0], p[1], p[3]]), decode(meant, [p[2], p[1], p[3]])].concat();
            rgb.iter().zip(exact).map(|(&c, v)| (f64::from(c) - v).abs()).fold(0.0, f64::max)
        });
        off.fold(0.0, f64::max)
    };
    for c in COLORIMETRIES {
        assert!(worst(c, c) <= NEAREST, "{c:?}: {}", worst(c, c));
        let [a, b] = wrong(c);
        assert!(worst(c, a) > 1.0 && worst(c, b) > 1.0, "{c:?}: the control passed");
    }
}

fn decode_encode_is_within_one() {
    let (size, rgb) = levels();
    let worst = |there: Colorimetry, back: Colorimetry| {
        let coded = Yuyv::from_rgb8(size, there, &rgb);
        let again = Yuyv::from_rgb8(size, back, &coded.to_rgb8(there));
        coded.bytes.iter().zip(again.bytes).map(|(&a, b)| a.abs_diff(b)).max().unwrap()
    };
    for c in COLORIMETRIES {
        // Half a code of 8-bit R'G'B' becomes at most half a code of luma or chroma, which is then rounded.
        assert!(worst(c, c) <= 1, "{c:?}: {}", worst(c, c));
        let [a, b] = wrong(c);
        assert!(worst(c, a) > 1 && worst(c, b) > 1, "{c:?}: the control passed");
    }
}

fn a_pair_shares_its_mean_chroma() {
    let size = Size::new(2, 1);
    for c in COLORIMETRIES {
        let got = Yuyv::from_rgb8(size, c, &[255, 0, 0, 0, 0, 255]);
        let ([y0, cb0, cr0], [y1, cb1, cr1]) = (encode(c, [1.0, 0.0, 0.0]), encode(c, [0.0, 0.0, 1.0]));
        let exact = [y0, (cb0 + cb1) / 2.0, y1, (cr0 + cr1) / 2.0];
        let off = |exact: [f64; 4]| {
            got.bytes.iter().zip(exact).map(|(&g, e)| (f64::from(g) - e).abs()).fold(0.0, f64::max)
        };
        assert!(off(exact) <= NEAREST, "{c:?}: {:?} for {exact:?}", got.bytes);
        assert!(off([y0, cb0, y1, cr1]) > 1.0, "{c:?}: the control passed");
    }
}
