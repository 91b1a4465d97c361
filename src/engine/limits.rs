//! What every adapter takes: WebGPU's default limits, and one of our own.

/// Bytes of a storage binding.
pub(super) const BINDING_BYTES: u64 = 128 << 20;
/// Storage bindings of a kernel.
pub(super) const BINDINGS: usize = 8;
/// Workgroups along an axis.
pub(super) const WORKGROUPS: u32 = 65535;
/// Threads of a workgroup.
pub(super) const THREADS: usize = 256;
/// Workgroup memory in vec4s.
pub(super) const WORKGROUP_VEC4S: usize = 16384 / 16;
/// Rows of a texture.
pub(super) const TEXTURE_ROWS: u32 = 8192;
/// Bytes of a kernel's WGSL. Drivers take minutes to compile longer text.
pub(super) const WGSL_BYTES: usize = 256 << 10;
