//! The format of a stream.

use super::Fps;
use crate::{Colorimetry, Size};

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
