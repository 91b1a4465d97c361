//! The adapter as burn is to see it: with what the device was requested with, and no more.

#![allow(unsafe_code)] // three calls into wgpu's own Vulkan layer: an adapter object for the same adapter

use super::limits::Request;

/// burn looks at the features and limits of the adapter, not of the device, and would make kernels that the device
/// refuses.
pub(super) fn adapter_with(
    instance: &wgpu::Instance,
    adapter: &wgpu::Adapter,
    request: &Request,
) -> wgpu::Adapter {
    use wgpu::hal::{Instance as _, api::Vulkan};
    if adapter.features() == request.features && adapter.limits() == request.limits {
        return adapter.clone();
    }
    // SAFETY: nothing is destroyed through these; they are dropped before the instance and the adapter.
    let (hal, same) = unsafe { (instance.as_hal::<Vulkan>(), adapter.as_hal::<Vulkan>()) };
    let (Some(hal), Some(same)) = (hal, same) else { return adapter.clone() };
    // SAFETY: it has no precondition of its own; `hal` is a working instance.
    let exposed = unsafe { hal.enumerate_adapters(None) };
    let mut exposed = exposed.into_iter();
    match exposed.find(|exposed| exposed.adapter.raw_physical_device() == same.raw_physical_device()) {
        None => adapter.clone(),
        Some(mut exposed) => {
            exposed.features = request.features;
            exposed.capabilities.limits = request.limits.clone();
            // SAFETY: it was made from this very instance, and claims no more than it has.
            unsafe { instance.create_adapter_from_hal::<Vulkan>(exposed) }
        }
    }
}
