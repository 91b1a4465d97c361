use super::{person_blocks::PersonBlocks, state::PersonBox};
use crate::{
    Size,
    gpu::{Bind, Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `person_box.wgsl`.
    Params {
        frame: [f32; 2],
        mask: [f32; 2],
        blocks: [u32; 2],
        edge: u32,
        grid: f32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "person_box", ["join"], [256, 1], Params);

/// Decides which box of a frame of size `frame` the second look takes, if it takes one, from the mask of the frame
/// before, of size `mask`. `workgroups` holds x and y, u32, of each dispatch of the second look. Returns their
/// arguments, three u32 for each: all 0 in a frame that is looked at once.
pub fn person_box(
    rec: &mut Recorder<'_>,
    blocks: &PersonBlocks,
    workgroups: &[[u32; 2]],
    frame: Size,
    mask: Size,
    state: &PersonBox,
) -> Storage {
    let gpu = rec.gpu();
    let wanted = bytemuck::cast_slice(workgroups);
    let wanted = Storage::with_content(gpu, "workgroups", wanted, wgpu::BufferUsages::STORAGE);
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::INDIRECT | wgpu::BufferUsages::COPY_DST;
    let dispatches = Storage::with_content(gpu, "dispatches", &vec![0; 12 * workgroups.len()], usage);
    let float = |size: Size| [size.width as f32, size.height as f32];
    let params = Params {
        frame: float(frame),
        mask: float(mask),
        blocks: blocks.size.into(),
        edge: blocks.edge,
        grid: PersonBox::grid(frame) as f32,
    };
    let bindings: [&dyn Bind; 4] = [&blocks.words, &wanted, &state.values, &dispatches];
    rec.dispatch_with(&SHADER, &params, &bindings, Extent::Once);
    dispatches
}
