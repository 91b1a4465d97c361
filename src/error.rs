//! Every way to fail, each one sentence that names the file, device or flag and what to do next.

use std::path::PathBuf;

use crate::frame::Size;

/// What went wrong, and the next thing to type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // ---- frames and settings
    /// A frame size that YUYV or the GPU cannot hold.
    #[error("a frame of {size} {why}; choose another with --size, such as 1280x720")]
    FrameSize {
        /// The size asked for.
        size: Size,
        /// What is wrong with it.
        why: &'static str,
    },

    // ---- the GPU

    // ---- models
    /// Bytes that are something else.
    #[error("{path} is not a TensorFlow Lite model: {reason}; `gpucam models` lists the ones that work", path = path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        reason: String,
    },
    /// A model that is damaged, or that has what gpucam does not know.
    #[error("gpucam cannot run {path}: {reason}; `gpucam models` lists the ones that work", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The operator, version, option or tensor, by name.
        reason: String,
    },

    // ---- video
    /// A file could not be read.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's or the decoder's words, and what to do.
        reason: String,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {reason}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words, and what to do.
        reason: String,
    },
}

/// The crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;
