//! Lists and orders the machine's Vulkan adapters, and describes the device to request from one.

use std::fmt;

use super::error::{GpuError, Result};

/// An adapter as `gpucam adapters` lists it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AdapterLine {
    /// Its index in the list.
    pub index: usize,
    /// Name, type and driver, as the driver reports them.
    pub info: wgpu::AdapterInfo,
}

impl AdapterLine {
    /// Whether the adapter runs on the CPU, as llvmpipe and SwiftShader do.
    pub fn is_software(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }
}

impl fmt::Display for AdapterLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wgpu::AdapterInfo { name, driver, driver_info, .. } = &self.info;
        write!(
            f,
            "{}  {name}  ({}, {driver} {driver_info})",
            self.index,
            device_type_name(self.info.device_type)
        )
    }
}

fn device_type_name(device_type: wgpu::DeviceType) -> &'static str {
    match device_type {
        wgpu::DeviceType::DiscreteGpu => "discrete GPU",
        wgpu::DeviceType::IntegratedGpu => "integrated GPU",
        wgpu::DeviceType::VirtualGpu => "virtual GPU",
        wgpu::DeviceType::Cpu => "software on the CPU",
        wgpu::DeviceType::Other => "other",
    }
}

/// Vulkan adapters, the default first: discrete, integrated, virtual, other, software.
pub(super) fn vulkan_adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    });
    adapters
}

/// Requests every feature and limit of the adapter, because burn checks the adapter, not the device.
pub(super) fn device_descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    wgpu::DeviceDescriptor {
        label: Some("gpucam"),
        required_features: adapter.features()
            - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS
            - wgpu::Features::all_experimental_mask(),
        required_limits: adapter.limits(),
        ..Default::default()
    }
}

pub(super) fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN;
    wgpu::Instance::new(descriptor)
}

/// Every Vulkan adapter of the machine, the default first.
///
/// # Errors
/// [`GpuError::NoAdapter`] if there is none.
pub fn adapters() -> Result<Vec<AdapterLine>> {
    let lines: Vec<_> = vulkan_adapters(&instance())
        .iter()
        .enumerate()
        .map(|(index, adapter)| AdapterLine { index, info: adapter.get_info() })
        .collect();
    if lines.is_empty() { Err(GpuError::NoAdapter) } else { Ok(lines) }
}
