use super::{
    frame::{Alpha, Frame},
    room::Room,
    strips::{Strips, strips},
};
use crate::{
    gpu::{Bind, Coding, Plane, Recorder, WeightedRgb},
    uniform,
};

uniform! {
    /// The `Params` of `unmix.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        cells: [u32; 2],
    }
}

pub(super) const SHADER: Strips =
    strips!("unmix", ["colour", "sample", "room"], ["pixels", "tone", "strip", "plate"], [32, 1], Params);

/// The frame with `backdrop` behind the person's edge in place of the learnt room, as far as that is known. A pass that
/// takes `backdrop` out of the edge takes out the room itself then. `room` has the frame's size.
pub fn unmix(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    backdrop: &Plane<WeightedRgb>,
    room: &Room,
) -> Frame {
    let packed = rec.storage("packed", frame.words.bytes);
    let (shader, over) = SHADER.over(rec.gpu(), frame.size, backdrop.size, 1);
    let params = Params { coding: frame.coding, frame: frame.size.into(), cells: room.size.into() };
    let Room { plate, counts, status, light, .. } = room;
    let bindings: [&dyn Bind; 8] =
        [&frame.words, &alpha.words, backdrop, &packed, plate, counts, status, light];
    rec.dispatch_with(shader, &params, &bindings, over);
    frame.with(packed)
}
