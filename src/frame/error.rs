//! The errors of frames: sizes, parts, lengths.

use super::{crop::Crop, size::Size};

/// A frame that cannot be processed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame size that YUYV or the GPU cannot hold.
    #[error("a frame of {size} {why}")]
    Size {
        /// The requested size.
        size: Size,
        /// The fault, to follow "a frame of WxH".
        why: &'static str,
    },
    /// A part of the picture that YUYV or the GPU cannot hold.
    #[error("the part {crop} {why}")]
    CropSize {
        /// The part.
        crop: Crop,
        /// The fault, to follow "the part WxH".
        why: &'static str,
    },
    /// A size of the output that YUYV or the GPU cannot hold.
    #[error("an output of {size} {why}")]
    OutputSize {
        /// The requested size.
        size: Size,
        /// The fault, to follow "an output of WxH".
        why: &'static str,
    },
    /// A part that is not inside the picture.
    #[error(
        "the part {crop} does not fit into a picture of {picture}; choose a smaller one, or one further up and to the left"
    )]
    Crop {
        /// The part.
        crop: Crop,
        /// Size of the picture after its rotation.
        picture: Size,
    },
    /// A number of the settings that is outside of its range, or none.
    #[error("{setting} must be {} to {}", range.0, range.1)]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its least and greatest value.
        range: (f64, f64),
    },
    /// A buffer that is not one frame long.
    #[error("a YUYV frame of {size} is {} bytes, not {got}", size.yuyv_bytes())]
    Bytes {
        /// The pipeline's frame size.
        size: Size,
        /// Bytes given.
        got: usize,
    },
}

impl FrameError {
    /// Refuses a number outside of `range`, NaN included.
    pub(crate) fn check_setting(setting: &'static str, value: f64, range: (f64, f64)) -> Result<(), Self> {
        let fits = (range.0..=range.1).contains(&value);
        fits.then_some(()).ok_or(Self::Setting { setting, range })
    }
}
