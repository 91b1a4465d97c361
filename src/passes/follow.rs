use super::frame::Alpha;
use crate::{
    frame::geometry::Framing,
    gpu::{Extent, Gpu, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `follow.wgsl`.
    Params {
        whole: [f32; 4],
        frame: [u32; 2],
        closest: f32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "follow", [], [256, 1], Params);

/// The state of the region that follows the person, at first the framing's region: f32 left, top, width,
/// height in pixels of the turned picture, three speeds, and 1 while it moves.
pub fn region(gpu: &Gpu, framing: &Framing) -> Storage {
    let [x, y, width, height] = framing.region.values();
    let state = [x, y, width, height, 0.0, 0.0, 0.0, 0.0];
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
    Storage::with_content(gpu, "region", bytemuck::cast_slice(&state), usage)
}

/// Moves `region` after the person in this frame, for the next one. `seconds` holds the f32 time since the
/// frame before; the region becomes up to `closest` times smaller than the framing's. When it moves, the
/// frames counted in `memory` (noise, frames seen) start from 0 again.
pub fn follow(
    rec: &mut Recorder<'_>,
    alpha: &Alpha,
    seconds: &Storage,
    region: &Storage,
    memory: &Storage,
    framing: &Framing,
    closest: f64,
) {
    let whole = framing.region.values();
    let params = Params { whole, frame: alpha.size.into(), closest: closest as f32, padding: 0 };
    let params = rec.uniform(SHADER.name, params);
    rec.dispatch(&SHADER, &[&alpha.words, seconds, region, memory, &params], Extent::Once);
}
