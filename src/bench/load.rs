//! Counts the work of the dispatches of a frame.

use std::collections::HashMap;

use super::count::{self, BoundContent};
use crate::{
    Result,
    gpu::{Bound, Gpu, Recording, Step},
};

/// Work of all dispatches with the same name in a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Workload {
    pub(super) dispatches: u64,
    /// Sizes of all buffers and textures bound, counted once if read and once if written.
    pub(super) bytes: f64,
    /// `None` if one of the shaders cannot be interpreted.
    pub(super) operations: Option<f64>,
    /// Loads and stores.
    pub(super) accesses: f64,
}

/// Workloads by name. The recordings must have run before, so that the buffers hold realistic content.
pub(super) fn loads(gpu: &Gpu, recordings: &[&Recording]) -> Result<HashMap<&'static str, Workload>> {
    let mut loads: HashMap<&'static str, Workload> = HashMap::new();
    for step in recordings.iter().flat_map(|recording| recording.steps()) {
        let load =
            loads.entry(step.name).or_insert(Workload { operations: Some(0.0), ..Workload::default() });
        load.dispatches += 1;
        let bytes = |bound: &Bound| bound.bytes() as f64;
        match count::count_dispatch(&step.wgsl, step.workgroups, &resources(gpu, step)?) {
            Ok(counted) => {
                for (at, (bound, (reads, writes))) in step.bound.iter().zip(&counted.uses).enumerate() {
                    // A buffer bound twice is still transferred once.
                    if step.bound[..at].iter().any(|other| other.is_same_buffer(bound)) {
                        continue;
                    }
                    load.bytes += bytes(bound) * f64::from(u8::from(*reads) + u8::from(*writes));
                }
                load.operations = load.operations.map(|sum| sum + counted.operations);
                load.accesses += counted.loads + counted.stores;
            }
            Err(why) => {
                tracing::info!("{}: operations are not counted: {why}", step.name);
                load.bytes += step.bound.iter().map(bytes).sum::<f64>();
                load.operations = None;
            }
        }
    }
    Ok(loads)
}

/// The contents of the bound resources.
fn resources(gpu: &Gpu, step: &Step) -> Result<Vec<BoundContent>> {
    let resource = |bound: &Bound| {
        Ok(match bound {
            Bound::Buffer(storage) => BoundContent::Bytes(gpu.read_storage(storage)?),
            Bound::Texture(view) => picture(gpu, view.texture())?,
            Bound::Sampler(_) => BoundContent::Sampler,
        })
    };
    step.bound.iter().map(resource).collect()
}

/// A texture. Texels are read for 32-bit channels only, because control flow depends on no others.
fn picture(gpu: &Gpu, texture: &wgpu::Texture) -> Result<BoundContent> {
    let channels = match texture.format() {
        wgpu::TextureFormat::R32Float => 1,
        wgpu::TextureFormat::Rg32Float => 2,
        wgpu::TextureFormat::Rgba32Float | wgpu::TextureFormat::Rgba32Uint => 4,
        _ => 0,
    };
    let mut texels = Vec::new();
    if channels > 0 && texture.usage().contains(wgpu::TextureUsages::COPY_SRC) {
        let words: Vec<u32> = gpu.read_texture(texture)?;
        let texel = |words: &[u32]| std::array::from_fn(|i| words.get(i).copied().unwrap_or(0));
        texels = words.chunks_exact(channels).map(texel).collect();
    }
    Ok(BoundContent::Texture { sides: [texture.width(), texture.height()], texels })
}
