use super::{
    frame::Frame,
    state::State,
    strips::{StripParams, Strips, strips},
};
use crate::{
    Size,
    gpu::{Bind, Extent, Plane, Recorder, Rgb, Storage},
};

pub(super) const SHADER: Strips =
    strips!("guide", ["colour"], ["pixels", "area", "noise", "sum"], [8, 8], StripParams);
/// Texels of a row for each thread.
pub(super) const TEXELS: u32 = 4;

/// The frame at mask size, which guides the mask, and sums over it.
#[derive(Clone, Debug)]
pub struct Guide {
    /// R'G'B', not clamped; in the fourth channel the change of luma since the last frame, 0..1.
    pub plane: Plane<Rgb>,
    /// For each workgroup, the sums of luma and of its clipped change, f32.
    pub sums: Storage,
}

/// The frame, area-averaged to `size`, which is `state`'s mask size.
pub fn guide(rec: &mut Recorder<'_>, frame: &Frame, size: Size, state: &State) -> Guide {
    let shader = SHADER.for_frame(frame.size);
    let groups =
        size.width.div_ceil(TEXELS * shader.workgroup[0]) * size.height.div_ceil(shader.workgroup[1]);
    let guide = Guide { plane: rec.plane("guide", size), sums: rec.storage("sums", 8 * u64::from(groups)) };
    let Guide { plane, sums } = &guide;
    let bindings: [&dyn Bind; 5] = [&frame.words, &state.last_luma, &state.noise, plane, sums];
    let over = Extent::Blocks(size, [TEXELS, 1]);
    rec.dispatch_with(shader, &StripParams::new(frame, size), &bindings, over);
    guide
}
