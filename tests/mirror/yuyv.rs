//! Packed YUYV: Y0 Cb Y1 Cr for a pair of pixels.
//!
//! BT.601-7: E'Y = 0.299 R' + 0.587 G' + 0.114 B', E'Cr = (R' − E'Y)/1.402, E'Cb = (B' − E'Y)/1.772 (clauses
//! 2.5.1, 2.5.2). BT.709-6: 0.2126, 0.7152, 0.0722, 1.5748, 1.8556 (clauses 3.2, 3.3).
//! Limited range in 8 bits: Y = 219 E'Y + 16, C = 224 E'C + 128 (2.5.3 and 3.4); full (JFIF 1.02): 255 E'Y,
//! 255 E'C + 128.

use gpucam::internals::{Colorimetry, Matrix, Range, Size};

use super::plane::{Plane, Rgb};

/// A matrix by the numbers of its standard.
struct Standard {
    /// Luma weights of R', G', B'.
    luma: [f64; 3],
    /// The divisor of R' − E'Y.
    cr: f64,
    /// The divisor of B' − E'Y.
    cb: f64,
}

fn standard(matrix: Matrix) -> Standard {
    match matrix {
        Matrix::Bt601 => Standard { luma: [0.299, 0.587, 0.114], cr: 1.402, cb: 1.772 },
        Matrix::Bt709 => Standard { luma: [0.2126, 0.7152, 0.0722], cr: 1.5748, cb: 1.8556 },
    }
}

/// (black's code, luma codes to white, chroma codes from −½ to ½).
fn codes(range: Range) -> (f64, f64, f64) {
    match range {
        Range::Limited => (16.0, 219.0, 224.0),
        Range::Full => (0.0, 255.0, 255.0),
    }
}

/// R'G'B' of one pixel's codes, not clamped.
pub fn rgb(colorimetry: Colorimetry, y: u8, cb: u8, cr: u8) -> [f64; 3] {
    let standard = standard(colorimetry.matrix);
    let (black, white, chroma) = codes(colorimetry.range);
    let luma = (f64::from(y) - black) / white;
    let red = luma + standard.cr * (f64::from(cr) - 128.0) / chroma;
    let blue = luma + standard.cb * (f64::from(cb) - 128.0) / chroma;
    let green = (luma - standard.luma[0] * red - standard.luma[2] * blue) / standard.luma[1];
    [red, green, blue]
}

/// Codes Y, Cb, Cr of R'G'B', neither rounded nor clamped.
pub fn ycbcr(colorimetry: Colorimetry, [r, g, b]: [f64; 3]) -> [f64; 3] {
    let standard = standard(colorimetry.matrix);
    let (black, white, chroma) = codes(colorimetry.range);
    let luma = standard.luma[0] * r + standard.luma[1] * g + standard.luma[2] * b;
    [
        black + white * luma,
        128.0 + chroma * (b - luma) / standard.cb,
        128.0 + chroma * (r - luma) / standard.cr,
    ]
}

/// R'G'B' of a YUYV picture, not clamped; both pixels of a pair have the pair's chroma.
pub fn decode_unclamped(bytes: &[u8], size: Size, colorimetry: Colorimetry) -> Rgb {
    let (width, height) = (size.width as usize, size.height as usize);
    Plane::from_fn(width, height, |x, y| {
        let word = &bytes[2 * (y * width + x - x % 2)..][..4];
        rgb(colorimetry, word[2 * (x % 2)], word[1], word[3])
    })
}

/// [`decode_unclamped`], clamped to 0..1.
pub fn decode(bytes: &[u8], size: Size, colorimetry: Colorimetry) -> Rgb {
    decode_unclamped(bytes, size, colorimetry).map(|pixel| pixel.map(|v| v.clamp(0.0, 1.0)))
}

/// The word of a pair of pixels: chroma is the mean of the two, codes are rounded and clamped to 0..255.
pub fn word(colorimetry: Colorimetry, pair: [[f64; 3]; 2]) -> [u8; 4] {
    let [a, b] = pair.map(|pixel| ycbcr(colorimetry, pixel));
    [a[0], (a[1] + b[1]) / 2.0, b[0], (a[2] + b[2]) / 2.0].map(|v| (v + 0.5).floor().clamp(0.0, 255.0) as u8)
}

/// A picture of even width as YUYV.
pub fn encode(picture: &Rgb, colorimetry: Colorimetry) -> Vec<u8> {
    picture.data.chunks_exact(2).flat_map(|pair| word(colorimetry, [pair[0], pair[1]])).collect()
}
