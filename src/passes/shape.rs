use super::{feather::feather, frame::Alpha, grow::grow, threshold::threshold};
use crate::gpu::Recorder;

/// What is made of the mask beyond finding it. The default is nothing, and costs nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Alphas up to the first are 0, from the second on 1; 0 ≤ first < second ≤ 1. Default: 0 and 1.
    pub threshold: (f64, f64),
    /// Pixels of a 720p frame by which the person is grown, −20..20; shrunk where negative. Default: 0.
    pub grow: f64,
    /// σ in pixels of a 720p frame by which the edge is blurred, 0..10. Default: 0.
    pub feather: f64,
    /// Parts of the model's mask that cover less than this share of the frame are left out, 0..0.1. Default: 0.
    pub islands: f64,
}

impl Default for Shape {
    fn default() -> Self {
        Self { threshold: (0.0, 1.0), grow: 0.0, feather: 0.0, islands: 0.0 }
    }
}

/// Alpha in its shape: thresholds, then the disc, then the blur. `islands` is for the model's mask, before it is
/// refined.
pub fn shape(rec: &mut Recorder<'_>, alpha: Alpha, shape: Shape) -> Alpha {
    let pixels = f64::from(alpha.size.height) / 720.0;
    let mut alpha = alpha;
    if shape.threshold != (0.0, 1.0) {
        alpha = threshold(rec, &alpha, shape.threshold);
    }
    if shape.grow != 0.0 {
        alpha = grow(rec, &alpha, shape.grow * pixels);
    }
    if shape.feather != 0.0 {
        alpha = feather(rec, &alpha, shape.feather * pixels);
    }
    alpha
}
