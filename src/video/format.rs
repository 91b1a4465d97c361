//! The format of a stream.

use std::fmt;

use super::Fps;
use crate::{Colorimetry, Matrix, Range, Size};

/// Size, frame rate and colorimetry of a stream (V4L2's `v4l2_pix_format` and `timeperframe`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoFormat {
    /// Size in pixels; the width is even.
    pub size: Size,
    /// Frames per second; none if the input has no rate.
    pub fps: Option<Fps>,
    /// How YCbCr codes map to R'G'B'.
    pub colorimetry: Colorimetry,
}

/// `1280x720, 30 frames a second, BT.601 limited`
impl fmt::Display for VideoFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.size)?;
        self.fps.map_or(Ok(()), |fps| write!(f, ", {fps} frames a second"))?;
        let matrix = if self.colorimetry.matrix == Matrix::Bt601 { "BT.601" } else { "BT.709" };
        let range = if self.colorimetry.range == Range::Limited { "limited" } else { "full" };
        write!(f, ", {matrix} {range}")
    }
}
