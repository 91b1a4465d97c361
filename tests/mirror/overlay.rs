//! A picture with alpha in front: Porter and Duff's "over" on R'G'B', pixel by pixel.

use gpucam::internals::{Colorimetry, Size};

use super::{
    plane::{Mask, Plane, Rgb},
    yuyv,
};

/// YUYV of `front` with `alpha` over the frame. The frame is not clamped: codes outside R'G'B' 0..1 stay.
pub fn overlay(bytes: &[u8], size: Size, colorimetry: Colorimetry, front: &Rgb, alpha: &Mask) -> Vec<u8> {
    let frame = yuyv::decode_unclamped(bytes, size, colorimetry);
    let over = Plane::from_fn(frame.width, frame.height, |x, y| {
        let ([a], f, i) = (alpha.at(x, y), front.at(x, y), frame.at(x, y));
        [0, 1, 2].map(|c| a * f[c] + (1.0 - a) * i[c])
    });
    yuyv::encode(&over, colorimetry)
}
