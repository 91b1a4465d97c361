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

/// Whether a panic is wgpu's answer that the driver has lost the device. It is caught, and told as what it is.
pub(crate) fn is_loss(panic: &(dyn Any + Send)) -> bool {
    words_of(panic).contains("device is lost")
}

/// Why a device is lost, by a panic: the first line of what it says.
pub(crate) fn reason_of(panic: &(dyn Any + Send)) -> String {
    match is_loss(panic) {
        true => "its driver has lost it".into(),
        false => words_of(panic).lines().next().unwrap_or_default().into(),
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic")
}
