//! One wgpu device, shared with burn, and the types on top of it: planes, recordings, readback, timing.
//!
//! [`Gpu`] creates and counts every object on the device. After the first frame it creates none
//! (`tests/pipeline/mod.rs` checks it).

mod adapter;
mod adapter_view;
pub mod burn;
mod cache;
mod clock;
mod compile;
mod compiled;
mod counters;
mod device;
mod error;
pub mod limits;
mod loss;
mod plane;
mod precompile;
mod readback;
mod recorder;
mod shader;
pub mod small_adapters;
pub mod space;
mod timer;
pub mod tuning;

pub(crate) use self::loss::reason_of;
pub(crate) use self::plane::check_plane;
pub(crate) use self::shader::{shader, uniform};
pub use self::{
    adapter::{AdapterLine, adapters, fastest, find as find_adapter, sort_by_power},
    clock::{Clock, Elapsed},
    counters::{CreatedResources, LiveResources, devices_opened},
    device::{Gpu, LONGEST_WORK, Tamper},
    error::GpuError,
    limits::Ask,
    plane::{
        Bind, Bound, Coefficients, Confidence, Mask, PackedVec8, Plane, Rgb, Rgb8, Storage, Sums, Texel,
        Vec4, WeightedRgb,
    },
    readback::{Readback, ReadbackPool, Upload},
    recorder::{Extent, Recorder, Recording, Step},
    shader::{Coding, Field, Generated, Literal, Scalar, Shader, Uniform},
    timer::{Granularity, Span, Timer},
    tuning::Tuning,
};
#[cfg(feature = "cli")]
pub(crate) use self::{cache::has_compiled, device::WeakGpu, loss::is_loss};
