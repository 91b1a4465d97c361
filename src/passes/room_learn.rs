use super::{frame::Alpha, room::Room};
use crate::{
    gpu::{Bind, Extent, Mask, Plane, Recorder, Rgb, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `room_learn.wgsl`.
    Params {
        frame: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "room_learn", ["room"], [16, 16], Params);

/// Learns the room at mask size, where the refined mask and alpha show nobody.
pub fn room_learn(
    rec: &mut Recorder<'_>,
    guide: &Plane<Rgb>,
    refined: &Plane<Mask>,
    alpha: &Alpha,
    room: &Room,
) {
    let Room { size, cells, counts, status, .. } = room;
    let bindings: [&dyn Bind; 6] = [guide, refined, &alpha.words, cells, counts, status];
    rec.dispatch_with(&SHADER, &Params { frame: alpha.size.into() }, &bindings, Extent::Each(*size));
}
