//! The exposure gain, and the model's input. docs/PICTURE.md, step 2: without it the model loses a person in
//! the dark.

use super::{
    luma,
    plane::{Plane, Rgb},
};

/// Gain that brings the guide's mean luma to 0.45; at least 1, at most 4.
pub fn meter(guide: &Rgb) -> f64 {
    let mean = guide.data.iter().map(|&pixel| luma(pixel)).sum::<f64>() / guide.data.len() as f64;
    (0.45 / (mean + 0.001)).clamp(1.0, 4.0)
}

/// The model's input: `scale` · clamp(`gain` · v, 0, 1) + `offset`.
pub fn expose(picture: &Rgb, gain: f64, scale: f64, offset: f64) -> Plane<3> {
    picture.map(|pixel| pixel.map(|v| scale * (gain * v).clamp(0.0, 1.0) + offset))
}
