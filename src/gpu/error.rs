//! The errors of opening and using a GPU.

use std::time::Duration;

use crate::Size;

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
        /// The name or index given.
        wanted: String,
    },
    /// The driver refused to open the adapter.
    #[error("cannot open the adapter {adapter}: {source}")]
    Open {
        /// The adapter's name.
        adapter: String,
        /// The driver's reason.
        source: wgpu::RequestDeviceError,
    },
    /// The adapter has less of a limit than gpucam's shaders are written for.
    #[error("the adapter {adapter} is too small for gpucam: its {limit} is {has}, and {needs} is needed")]
    TooSmall {
        /// The adapter's name.
        adapter: String,
        /// The limit, as WebGPU calls it.
        limit: &'static str,
        /// What the adapter has of it.
        has: u64,
        /// What gpucam needs of it.
        needs: u64,
    },
    /// The picture is so large that the adapter cannot bind what it takes.
    #[error(
        "{what} of a picture of {size} needs {needs} bytes in one buffer, and the adapter's maxStorageBufferBindingSize is {has}"
    )]
    TooLarge {
        /// What takes it: "input", "denoising" or "learnt room".
        what: &'static str,
        /// The picture's size.
        size: Size,
        /// Bytes that it takes.
        needs: u64,
        /// The adapter's limit, in bytes.
        has: u64,
    },
    /// The picture is so wide or high that the adapter has no texture for what is made of it.
    #[error(
        "{what} of a picture of {size} takes a texture of {needs}, and the adapter's maxTextureDimension2D is {has}"
    )]
    TooWide {
        /// What takes it: "the mask" or "the window".
        what: &'static str,
        /// The picture's size.
        size: Size,
        /// The texture's size.
        needs: Size,
        /// The adapter's limit, in texels.
        has: u32,
    },
    /// The device neither answers nor reports an error, as after a suspend that its driver did not survive.
    #[error("the GPU has not answered for {} seconds", waited.as_secs())]
    Hung {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The device was lost.
    #[error("the GPU stopped answering ({reason})")]
    Lost {
        /// The driver's message.
        reason: String,
    },
    /// The tuning that `gpucam tune` begins with does not work, so that nothing can be compared with it.
    #[error("nothing can be tuned ({reason}); choose another --model or --size")]
    Untunable {
        /// What failed.
        reason: String,
    },
}

pub(super) type Result<T, E = GpuError> = std::result::Result<T, E>;
