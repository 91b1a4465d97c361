//! What a device is asked for: the features and limits that gpucam uses, and no others.

use super::{
    error::{GpuError, Result},
    tuning::{KernelTuning, Tuning},
};

/// A limit that gpucam needs: WebGPU's name of it, how much, and where it stands in wgpu's list.
pub type Needed = (&'static str, u64, fn(&wgpu::Limits) -> u64);

/// What passes, effects and the engine's kernels are written for: WebGPU's defaults, which nearly every Vulkan driver
/// offers. No shader may need more (`tests/limits.rs`, and devices opened with no more than that), and an adapter with
/// less is refused.
pub const NEEDED: [Needed; 12] = [
    // `box_sum` keeps the sums of a tile, `front` the texels of one; the engine copies weights.
    ("maxComputeWorkgroupStorageSize", 16 << 10, |has| has.max_compute_workgroup_storage_size.into()),
    ("maxComputeInvocationsPerWorkgroup", 256, |has| has.max_compute_invocations_per_workgroup.into()),
    ("maxComputeWorkgroupSizeX", 256, |has| has.max_compute_workgroup_size_x.into()),
    ("maxComputeWorkgroupSizeY", 16, |has| has.max_compute_workgroup_size_y.into()),
    // One axis of a large picture, in single threads.
    ("maxComputeWorkgroupsPerDimension", 65535, |has| has.max_compute_workgroups_per_dimension.into()),
    // A kernel that joins many values; most passes bind two to five.
    ("maxStorageBuffersPerShaderStage", 8, |has| has.max_storage_buffers_per_shader_stage.into()),
    // Planes are read as storage textures too: llvmpipe idiom 2. (See MOST_TEXTURES.)
    ("maxStorageTexturesPerShaderStage", 4, |has| has.max_storage_textures_per_shader_stage.into()),
    ("maxSampledTexturesPerShaderStage", 4, |has| has.max_sampled_textures_per_shader_stage.into()),
    ("maxUniformBuffersPerShaderStage", 1, |has| has.max_uniform_buffers_per_shader_stage.into()),
    ("maxUniformBufferBindingSize", 16 << 10, |has| has.max_uniform_buffer_binding_size),
    // Frames are buffers, and most planes a quarter of them. (See `check_plane`.)
    ("maxTextureDimension2D", 4096, |has| has.max_texture_dimension_2d.into()),
    // The words of a frame of 8192x8192.
    ("maxStorageBufferBindingSize", 128 << 20, |has| has.max_storage_buffer_binding_size),
];

/// Storage textures of a kernel that keeps values in textures, where [`KernelTuning::textures`] is chosen: only the
/// llvmpipe that it was made for has to have so many.
pub(crate) const MOST_TEXTURES: u32 = 8;

/// How much of an adapter a device gets.
#[derive(Clone, Debug, Default)]
pub enum Ask {
    /// What gpucam uses.
    #[default]
    Used,
    /// Everything: burn makes faster kernels with subgroups and larger workgroups, and gpucam does not know which
    /// features they need.
    Everything,
    /// No feature, and these limits, or what the adapter has of them: another adapter's, for tests.
    Exactly(Box<wgpu::Limits>),
}

/// What the device of an adapter is requested with.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) features: wgpu::Features,
    pub(super) limits: wgpu::Limits,
}

impl Request {
    /// Finds out what to request of `adapter` for kernels like this; [`GpuError::TooSmall`] if it has less than gpucam
    /// needs.
    pub(super) fn new(adapter: &wgpu::Adapter, ask: Ask, tuning: &Tuning) -> Result<Self> {
        let has = adapter.limits();
        let defaults = wgpu::Limits::default().or_worse_values_from(&has);
        // Where the processor writes frames where shaders read them.
        let mappable = wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
        let shared = if tuning.shares_memory { mappable } else { wgpu::Features::empty() };
        let request = match ask {
            Ask::Used => Self {
                // Timings and the bench; what the driver has compiled is kept between two starts.
                features: adapter.features()
                    & (wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::PIPELINE_CACHE | shared),
                limits: wgpu::Limits {
                    // How large pictures may be: no shader depends on it.
                    max_buffer_size: has.max_buffer_size,
                    max_storage_buffer_binding_size: has.max_storage_buffer_binding_size,
                    max_storage_textures_per_shader_stage: has
                        .max_storage_textures_per_shader_stage
                        .min(MOST_TEXTURES),
                    ..defaults
                },
            },
            Ask::Everything => Self {
                features: adapter.features() - (mappable - shared) - wgpu::Features::all_experimental_mask(),
                limits: has,
            },
            Ask::Exactly(limits) => {
                Self { features: wgpu::Features::empty(), limits: limits.or_worse_values_from(&has) }
            }
        };
        check(&adapter.get_info().name, &request.limits, &tuning.kernels)?;
        Ok(request)
    }

    pub(super) fn descriptor(&self) -> wgpu::DeviceDescriptor<'static> {
        wgpu::DeviceDescriptor {
            label: Some("gpucam"),
            required_features: self.features,
            required_limits: self.limits.clone(),
            ..Default::default()
        }
    }
}

/// Refuses an adapter with less than [`NEEDED`], or than these kernels need.
fn check(adapter: &str, has: &wgpu::Limits, kernels: &KernelTuning) -> Result<()> {
    let mut needed = NEEDED;
    for (limit, needs, _) in needed.iter_mut().filter(|_| kernels.textures) {
        if *limit == "maxStorageTexturesPerShaderStage" {
            *needs = MOST_TEXTURES.into();
        }
    }
    match needed.iter().find(|(_, needs, of)| of(has) < *needs) {
        None => Ok(()),
        Some(&(limit, needs, of)) => {
            Err(GpuError::TooSmall { adapter: adapter.into(), limit, has: of(has), needs })
        }
    }
}
