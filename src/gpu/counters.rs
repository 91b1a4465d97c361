//! Counts of GPU objects: after the first frame they stand still (`tests/pipeline` checks it).

use std::sync::atomic::AtomicU64;

#[derive(Default)]
pub(super) struct Counters {
    pub(super) buffers: AtomicU64,
    pub(super) textures: AtomicU64,
    pub(super) pipelines: AtomicU64,
    pub(super) bind_groups: AtomicU64,
    pub(super) readbacks: AtomicU64,
    pub(super) readback_bytes: AtomicU64,
}

/// What gpucam's passes have created and read back since the device was opened; burn's own work is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreatedResources {
    /// wgpu buffers.
    pub buffers: u64,
    /// wgpu textures.
    pub textures: u64,
    /// Compute pipelines.
    pub pipelines: u64,
    /// Bind groups.
    pub bind_groups: u64,
    /// Readbacks of bytes from the GPU.
    pub readbacks: u64,
    /// Bytes read back.
    pub readback_bytes: u64,
}

/// What is live on the device, burn's share included, as wgpu counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveResources {
    /// wgpu buffers.
    pub buffers: i64,
    /// Bind groups.
    pub bind_groups: i64,
    /// Compute pipelines.
    pub pipelines: i64,
}
