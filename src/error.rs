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

    /// A buffer that is not one frame long.
    #[error("a YUYV frame of {size} is {} bytes, not {got}", size.yuyv_bytes())]
    FrameBytes {
        /// The pipeline's frame size.
        size: Size,
        /// Bytes given.
        got: usize,
    },
    /// No effect of this name.
    #[error("there is no effect '{name}'; choose one of: {known}")]
    UnknownEffect {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// An effect's parameter that does not exist or is out of range.
    #[error("--effect {effect}: {what}")]
    EffectParameter {
        /// The effect.
        effect: String,
        /// What is wrong, and what would be right.
        what: String,
    },

    // ---- the GPU
    /// The machine has no Vulkan adapter.
    #[error(
        "no Vulkan adapter found; install a driver (Debian and Ubuntu: sudo apt install mesa-vulkan-drivers, \
         which also runs without a GPU)"
    )]
    NoAdapter,
    /// `--adapter` fits none.
    #[error("no adapter is called '{wanted}'; `gpucam adapters` lists them")]
    UnknownAdapter {
        /// What was asked for.
        wanted: String,
    },
    /// The adapter would not open.
    #[error(
        "cannot open the adapter {adapter}: {reason}; choose another with --adapter (`gpucam adapters` lists them)"
    )]
    Device {
        /// The adapter's name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// The device went away while working.
    #[error(
        "the GPU stopped answering ({reason}); start gpucam again, with another --adapter if it persists"
    )]
    GpuLost {
        /// The driver's words.
        reason: String,
    },

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
