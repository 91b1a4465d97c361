use super::{feather::feather, frame::Alpha, grow::grow, threshold::threshold};
use crate::{FrameError, gpu::Recorder};

/// Changes of the computed mask. The default is none, at no cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Alpha up to the first becomes 0, from the second on 1; 0 ≤ first < second ≤ 1. Default: 0 and 1.
    pub threshold: (f64, f64),
    /// Pixels of a 720p frame to grow the person by, −20..20; negative shrinks. Default: 0.
    pub grow: f64,
    /// σ of the blur of the edge, in pixels of a 720p frame, 0..10. Default: 0.
    pub feather: f64,
    /// Parts of the model's mask that cover less than this share of the frame, 0..0.1, are removed. Default:
    /// 0.
    pub islands: f64,
}

impl Default for Shape {
    fn default() -> Self {
        Self { threshold: (0.0, 1.0), grow: 0.0, feather: 0.0, islands: 0.0 }
    }
}

impl Shape {
    /// Refuses values outside of their ranges.
    ///
    /// # Errors
    /// [`FrameError::Setting`].
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), FrameError> {
        let (none, all) = self.threshold;
        FrameError::check_setting("the lower threshold", none, (0.0, 1.0))?;
        // Never equal: the pass `threshold` divides by their difference.
        FrameError::check_setting("the upper threshold", all, (none.next_up(), 1.0))?;
        FrameError::check_setting("grow", self.grow, (-20.0, 20.0))?;
        FrameError::check_setting("feather", self.feather, (0.0, 10.0))?;
        FrameError::check_setting("islands", self.islands, (0.0, 0.1))
    }
}

/// Applies the thresholds, then grows or shrinks, then blurs. `islands` applies to the model's mask, before
/// it is refined.
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
