//! Every way to fail: one error for each module, and one that holds them all.

use std::io;

pub use crate::effects::EffectError;
pub use crate::frame::FrameError;
pub use crate::gpu::GpuError;
pub use crate::live::InstanceError;
pub use crate::model::ModelError;
pub use crate::video::{ControlError, DeviceError, DeviceFault, FormatError, PipeWireError, VideoError};

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
    /// A camera or loopback that is missing or cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Another process of gpucam is missing, in the way, or refuses.
    #[error(transparent)]
    #[doc(hidden)]
    Instance(#[from] InstanceError),
    /// The window cannot be opened.
    #[doc(hidden)]
    #[error("there is no window: {reason}; start it from a desktop's session")]
    Window {
        /// Why.
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
