//! How the loss of a device is noticed.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// Notes the loss of a device, then calls `tell`. A device has one such callback: another one takes its place.
pub(super) fn note_loss(
    device: &wgpu::Device,
    is_lost: &Arc<AtomicBool>,
    tell: impl Fn(wgpu::DeviceLostReason, String) + Send + 'static,
) {
    let is_lost = is_lost.clone();
    device.set_device_lost_callback(move |reason, text| {
        is_lost.store(true, Relaxed);
        tell(reason, text);
    });
}

/// The first line of what a panic says.
pub(crate) fn reason_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
    words.lines().next().unwrap_or_default().into()
}
