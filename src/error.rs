//! Every way to fail: one error for each module, and one that holds them all.

use std::{io, path::PathBuf};

pub use crate::effects::EffectError;
pub use crate::frame::FrameError;
pub use crate::gpu::GpuError;
pub use crate::model::ModelError;
pub use crate::video::VideoError;

/// What went wrong, in one sentence that names the file, device or parameter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A frame that cannot be processed.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// No adapter, or one that does not work.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// A model that is missing, cannot be fetched or cannot be run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An effect that does not exist, or that cannot be drawn.
    #[error(transparent)]
    Effect(#[from] EffectError),
    /// An input that cannot be read, or an output that cannot be written.
    #[error(transparent)]
    Video(#[from] VideoError),

    // ---- devices
    /// No camera anywhere.
    #[error(
        "no camera found; plug one in (`gpucam devices` lists what is there), or give a file or testcard with --input"
    )]
    NoCamera,
    /// `--camera` fits none.
    #[error("there is no camera '{wanted}'; choose one of: {known}")]
    UnknownCamera {
        /// What was asked for.
        wanted: String,
        /// Index and name of those there are.
        known: String,
    },
    /// A camera that does not work as it is.
    #[error("cannot use the camera {path}: {reason}", path = path.display())]
    Camera {
        /// Its node.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// There is no loopback device.
    #[error(
        "there is no virtual camera to write to; make one with `sudo apt install v4l2loopback-dkms` and `sudo modprobe v4l2loopback exclusive_caps=1 card_label=gpucam`, or give a file with --output"
    )]
    NoLoopback,
    /// An output device that does not work as it is.
    #[error("cannot write to {path}: {reason}", path = path.display())]
    Loopback {
        /// Its node.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The system refused something that every system has.
    #[error("the system refuses {what}: {source}; start gpucam again")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// The crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;
