//! What other adapters allow, as their drivers publish it. A device that is opened with no more than that shows whether
//! gpucam would run there: `--limits v3d`, and `GPUCAM_LIMITS=v3d` for the program and all tests.

use std::str::FromStr;

use wgpu::Limits;

use super::limits::Ask;

/// An adapter that this machine does not have: its name, and its limits as wgpu derives them from Vulkan's. What the
/// driver sets no bound to is as in WebGPU's default. None has a feature: no timestamps, no subgroups, no f16.
#[derive(Clone, Debug)]
pub struct SmallAdapter {
    /// As in `--limits NAME`.
    pub name: &'static str,
    /// What it has.
    pub limits: Limits,
}

impl SmallAdapter {
    /// Asks for a device with exactly these limits, or what the adapter has of them.
    pub fn ask(&self) -> Ask {
        Ask::Exactly(Box::new(self.limits.clone()))
    }
}

impl FromStr for SmallAdapter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = small_adapters();
        let names = all.each_ref().map(|adapter| adapter.name).join(", ");
        let found = all.into_iter().find(|adapter| adapter.name == text);
        found.ok_or_else(|| format!("there are no limits called '{text}'; choose those of one of {names}"))
    }
}

/// Every one of them.
pub fn small_adapters() -> [SmallAdapter; 4] {
    let default = Limits::default();
    // Mesa, src/intel/vulkan_hasvk/anv_device.c, `get_properties` (read in 2025's): 64 KiB of workgroup memory, the
    // smaller of 1024 and 32 times the threads of a subslice, 56 on Gen8; pictures of 16384; 128 sampled and 64 storage
    // images; 65535 storage buffers, or 64 where buffers have no 64-bit addresses, as here. A subgroup has 8 to 32
    // threads, as the compiler likes. src/intel/isl/isl.c, `max_buffer_size`: 2^30 bytes up to Gen8.
    let gen8 = Limits {
        max_texture_dimension_1d: 16384,
        max_texture_dimension_2d: 16384,
        max_texture_array_layers: 2048,
        max_bind_groups: 8,
        max_storage_buffers_per_shader_stage: 64,
        max_sampled_textures_per_shader_stage: 128,
        max_storage_textures_per_shader_stage: 64,
        max_uniform_buffers_per_shader_stage: 64,
        max_uniform_buffer_binding_size: 1 << 27,
        max_storage_buffer_binding_size: 1 << 30,
        max_buffer_size: 1 << 30,
        min_uniform_buffer_offset_alignment: 64,
        min_storage_buffer_offset_alignment: 32,
        max_compute_workgroup_storage_size: 64 << 10,
        max_compute_invocations_per_workgroup: 1024,
        max_compute_workgroup_size_x: 1024,
        max_compute_workgroup_size_y: 1024,
        ..default.clone()
    };
    // Mesa, src/intel/vulkan/anv_physical_device.c, `get_properties`: as Gen8, but 65535 of each, since they need no slots.
    // (Buffers of 2^32 bytes, of which wgpu takes less; gpucam's have the same bound as on Gen8 here.)
    let gen9 = Limits {
        max_storage_buffers_per_shader_stage: u16::MAX.into(),
        max_storage_textures_per_shader_stage: u16::MAX.into(),
        max_sampled_textures_per_shader_stage: u16::MAX.into(),
        ..gen8.clone()
    };
    // Mesa, src/broadcom/vulkan/v3dv_device.c and v3dv_limits.h, src/broadcom/common/v3d_limits.h: the Raspberry Pi 4's.
    // (Ranges of buffers have been 2^30 since Mesa 21.) A subgroup has 16 threads.
    let v3d = Limits {
        max_texture_dimension_1d: 4096,
        max_texture_dimension_2d: 4096,
        max_texture_array_layers: 2048,
        max_sampled_textures_per_shader_stage: 16,
        max_storage_textures_per_shader_stage: 4,
        max_storage_buffers_per_shader_stage: 8,
        max_uniform_buffers_per_shader_stage: 16,
        max_uniform_buffer_binding_size: 1 << 27,
        max_storage_buffer_binding_size: 1 << 27,
        max_buffer_size: 1 << 30,
        min_uniform_buffer_offset_alignment: 32,
        min_storage_buffer_offset_alignment: 32,
        max_color_attachments: 4,
        max_inter_stage_shader_variables: 15,
        max_compute_workgroup_storage_size: 16384,
        max_compute_invocations_per_workgroup: 256,
        max_compute_workgroup_size_x: 256,
        max_compute_workgroup_size_y: 256,
        ..default.clone()
    };
    [("webgpu-default", default), ("v3d", v3d), ("gen8", gen8), ("gen9", gen9)]
        .map(|(name, limits)| SmallAdapter { name, limits })
}
