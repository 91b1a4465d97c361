//! Lists and orders the machine's Vulkan adapters, and finds the one that is asked for.

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

/// Vulkan adapters, the default first: integrated, discrete, virtual, other, software. Waking the discrete GPU
/// of a laptop costs more power than a frame's work, which takes an integrated one a few milliseconds.
pub(super) fn vulkan_adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    adapters.sort_by_key(|adapter| power_rank(adapter.get_info().device_type));
    adapters
}

fn power_rank(device_type: wgpu::DeviceType) -> u8 {
    match device_type {
        wgpu::DeviceType::IntegratedGpu => 0,
        wgpu::DeviceType::DiscreteGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// Sorts as [`adapters`] does.
pub fn sort_by_power(infos: &mut [wgpu::AdapterInfo]) {
    infos.sort_by_key(|info| power_rank(info.device_type));
}

/// The index of the fastest of these adapters: a discrete one if there is one, else the default.
pub fn fastest(infos: &[wgpu::AdapterInfo]) -> usize {
    infos.iter().position(|info| info.device_type == wgpu::DeviceType::DiscreteGpu).unwrap_or(0)
}

/// The index of the adapter that `wanted` names among these, which are sorted by power: `auto`, `power` (as
/// without a name), `speed`, an index, or a part of a name. A number that is no index is one of a name, as in 4060.
pub fn find(infos: &[wgpu::AdapterInfo], wanted: Option<&str>) -> Option<usize> {
    if infos.is_empty() {
        return None;
    }
    let text = wanted.unwrap_or("auto").to_lowercase();
    match text.as_str() {
        "auto" | "power" => Some(0),
        "speed" => Some(fastest(infos)),
        text => match text.parse::<usize>() {
            Ok(index) if index < infos.len() => Some(index),
            Ok(_) => infos.iter().position(|info| has_number(&info.name, text)),
            Err(_) => infos.iter().position(|info| info.name.to_lowercase().contains(text)),
        },
    }
}

/// Whether a name has this number, as "RTX 4060" has 4060, and "Radeon 780M" 780. "RTX 3090" has no 9.
fn has_number(name: &str, number: &str) -> bool {
    let words = name.split(|c: char| c.is_whitespace() || "()".contains(c));
    words.filter_map(|word| word.strip_prefix(number)).any(|after| after.chars().all(char::is_alphabetic))
}

pub(super) fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN;
    // wgpu would run a dispatch of its own before each indirect one, to check its arguments. Ours are written by
    // `person_box` alone, and burn's by its own kernels.
    descriptor.flags.remove(wgpu::InstanceFlags::VALIDATION_INDIRECT_CALL);
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
