//! The person over the new background: docs/PICTURE.md, step 10.

use gpucam::internals::{Colorimetry, Size};

use super::{
    backdrop::texel,
    plane::{Mask, Rgb},
    yuyv,
};

/// P + (1 − alpha)·R with the background's share removed: P = clamp(I − (1 − alpha)·B, 0, alpha).
pub fn over(i: [f64; 3], alpha: f64, b: [f64; 3], r: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|c| {
        let person = (i[c] - (1.0 - alpha) * b[c]).clamp(0.0, alpha);
        person + (1.0 - alpha) * r[c]
    })
}

/// YUYV of the frame with `background` blurred (both B and R), in texels of `side` pixels.
///
/// A pair whose alphas are both exactly 1 keeps its word.
pub fn composite(
    bytes: &[u8],
    size: Size,
    colorimetry: Colorimetry,
    alpha: &Mask,
    background: &Rgb,
    side: usize,
) -> Vec<u8> {
    let frame = yuyv::decode(bytes, size, colorimetry);
    let mut out = Vec::with_capacity(bytes.len());
    for y in 0..frame.height {
        for x in (0..frame.width).step_by(2) {
            if [x, x + 1].map(|x| alpha.at(x, y)) == [[1.0]; 2] {
                out.extend(&bytes[2 * (y * frame.width + x)..][..4]);
                continue;
            }
            let pair = [x, x + 1].map(|x| {
                let b = background.spline(texel(x, side), texel(y, side));
                over(frame.at(x, y), alpha.at(x, y)[0], b, b)
            });
            out.extend(yuyv::word(colorimetry, pair));
        }
    }
    out
}
