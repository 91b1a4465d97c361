//! What can be wrong with a frame.

use super::{crop::Crop, size::Size};

/// A frame, or a part of one, that cannot be processed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame size that YUYV or the GPU cannot hold.
    #[error("a frame of {size} {why}")]
    Size {
        /// The size asked for.
        size: Size,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A part that lies outside of the picture.
    #[error(
        "the part {crop} does not fit into a picture of {picture}; choose a smaller one, or one further up and to the left"
    )]
    Crop {
        /// The part.
        crop: Crop,
        /// The picture that it should be a part of, after its rotation.
        picture: Size,
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
