//! The person alone, to be laid over something else: P/alpha of docs/PICTURE.md, step 10.

use gpucam::internals::{Colorimetry, Size};

use super::{
    composite,
    plane::{Mask, Rgb},
    yuyv,
};

/// YUYV of the person's own colour, black where alpha is 0; chroma is the pair's mean, weighted by alpha. A
/// pair that is all person keeps its word.
pub fn cutout(bytes: &[u8], size: Size, colorimetry: Colorimetry, alpha: &Mask, background: &Rgb) -> Vec<u8> {
    let frame = yuyv::decode(bytes, size, colorimetry);
    let mut out = Vec::with_capacity(bytes.len());
    for y in 0..frame.height {
        for x in (0..frame.width).step_by(2) {
            let alphas = [x, x + 1].map(|x| alpha.at(x, y)[0]);
            if alphas == [1.0; 2] {
                out.extend(&bytes[2 * (y * frame.width + x)..][..4]);
                continue;
            }
            let [left, right] = [0, 1].map(|k| {
                let (x, a) = (x + k, alphas[k]);
                let b = background.sample_for(x, y, frame.width, frame.height);
                let person = composite::over(frame.at(x, y), a, b, [0.0; 3]);
                yuyv::ycbcr(colorimetry, person.map(|v| if a > 0.0 { v / a } else { 0.0 }))
            });
            let sum = alphas[0] + alphas[1];
            let chroma = |c: usize| match sum > 0.0 {
                true => (alphas[0] * left[c] + alphas[1] * right[c]) / sum,
                false => 128.0,
            };
            let codes = [left[0], chroma(1), right[0], chroma(2)];
            out.extend(codes.map(|v| (v + 0.5).floor().clamp(0.0, 255.0) as u8));
        }
    }
    out
}
