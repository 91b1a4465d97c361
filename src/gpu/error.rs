//! What can be wrong with the GPU.

/// No adapter, or one that does not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// The machine has no Vulkan adapter.
    #[error(
        "no Vulkan adapter found; install a driver (Debian and Ubuntu: sudo apt install mesa-vulkan-drivers, \
         which also runs without a GPU)"
    )]
    NoAdapter,
    /// No adapter has this name or index.
    #[error("no adapter is called '{wanted}'")]
    UnknownAdapter {
        /// What was asked for.
        wanted: String,
    },
    /// The adapter would not open.
    #[error("cannot open the adapter {adapter}: {source}")]
    Open {
        /// The adapter's name.
        adapter: String,
        /// Why.
        source: wgpu::RequestDeviceError,
    },
    /// The device went away while working.
    #[error("the GPU stopped answering ({reason})")]
    Lost {
        /// The driver's words.
        reason: String,
    },
}

pub(super) type Result<T, E = GpuError> = std::result::Result<T, E>;
