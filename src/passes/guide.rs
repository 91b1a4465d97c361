use super::{Frame, StripParams};
use crate::{
    Size,
    gpu::{Bind, Coded, Over, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("guide", ["colour", "area", "noise", "sum"], [16, 16], StripParams);

/// The frame at mask size, and what is known of it.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Its colours, and beside them how much luma changed since the last frame, 0..1.
    pub plane: Plane<Coded>,
    /// Its luma, f32, for the next frame.
    pub last: Storage,
    /// Of each of its 16×16 texels: the sums of luma and of clipped change, f32.
    pub sums: Storage,
    /// The camera's noise as a share of full scale, and frames seen, f32; [`super::expose`] learns it.
    pub noise: Storage,
}

/// The frame, area-averaged to `size`; its `last` and `noise` live on from frame to frame.
pub fn guide(rec: &mut Recorder<'_>, frame: &Frame, size: Size) -> Guide {
    let tiles = size.width.div_ceil(16) * size.height.div_ceil(16);
    let guide = Guide {
        plane: rec.plane("guide", size),
        last: rec.storage("last luma", 4 * size.area() as u64),
        sums: rec.storage("sums", 8 * u64::from(tiles)),
        noise: rec.storage("noise", 8),
    };
    let Guide { plane, last, sums, noise } = &guide;
    let bindings: [&dyn Bind; 5] = [&frame.words, last, noise, plane, sums];
    rec.dispatch_with(&SHADER, &StripParams::new(frame, size), &bindings, Over::Each(size));
    guide
}
