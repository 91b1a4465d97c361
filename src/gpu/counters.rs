//! Counts of GPU objects. Only readbacks grow after the first frame (`tests/pipeline` checks it).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Devices that this process has opened.
static DEVICES: AtomicU64 = AtomicU64::new(0);

pub(super) fn count_device() {
    DEVICES.fetch_add(1, Relaxed);
}

/// How many devices this process has opened: each takes a driver's memory, some of which stays.
pub fn devices_opened() -> u64 {
    DEVICES.load(Relaxed)
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) buffers: AtomicU64,
    pub(super) textures: AtomicU64,
    pub(super) pipelines: AtomicU64,
    pub(super) bind_groups: AtomicU64,
    pub(super) readbacks: AtomicU64,
    pub(super) readback_bytes: AtomicU64,
}

/// Objects that gpucam's passes created, and readbacks, since the device was opened; burn's are not included.
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
    /// Readbacks from GPU to CPU.
    pub readbacks: u64,
    /// Bytes read back.
    pub readback_bytes: u64,
}

/// Objects alive on the device, burn's included, as counted by wgpu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveResources {
    /// wgpu buffers.
    pub buffers: i64,
    /// Bind groups.
    pub bind_groups: i64,
    /// Compute pipelines.
    pub pipelines: i64,
}
