//! Limits that every kernel keeps: WebGPU's default limits, and a limit on the length of the WGSL.

/// Size of a storage binding in bytes.
pub(super) const BINDING_BYTES: u64 = 128 << 20;
/// Size of all buffers of a network together. An integrated GPU has little more, and burn frees a value after its last
/// reader.
pub(super) const PLAN_BYTES: u64 = 2 << 30;
/// Storage bindings per kernel.
pub(super) const BINDINGS: usize = 8;
/// Workgroups per dispatch along one axis.
pub(super) const WORKGROUPS: u32 = 65535;
/// Threads per workgroup.
pub(super) const THREADS: usize = 256;
/// Workgroup memory in vec4s: 16 KiB.
pub(super) const WORKGROUP_VEC4S: usize = 16384 / 16;
/// Height of a texture in texels. Only the drivers whose kernels keep values in textures need it: llvmpipe.
pub(super) const TEXTURE_ROWS: u32 = 8192;
/// Length of a kernel's WGSL in bytes. Drivers take minutes to compile longer shaders.
pub(super) const WGSL_BYTES: usize = 256 << 10;
