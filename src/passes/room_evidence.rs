use super::{room::Room, room_sight::room_sight, room_watch::room_watch};
use crate::{
    gpu::{Bind, Extent, Mask, Plane, Recorder, Rgb, Shader},
    shader,
};

pub(super) const SHADER: Shader =
    shader!("passes", "room_evidence", ["any_lane", "solve", "room"], [16, 16], ());

/// The mask, amended where the room behind it is known.
pub fn room_evidence(
    rec: &mut Recorder<'_>,
    guide: &Plane<Rgb>,
    mask: &Plane<Mask>,
    room: &Room,
) -> Plane<Mask> {
    let amended = rec.plane("amended", mask.size);
    let Room { size, cells, counts, sight, status, .. } = room;
    let bindings: [&dyn Bind; 7] = [guide, mask, &amended, cells, counts, sight, status];
    rec.dispatch(&SHADER, &bindings, Extent::Each(*size));
    amended
}

/// Looks at the room, decides whether it is still the one that was learnt, and amends the mask. `last` is the refined
/// mask of the frame before.
pub fn amended_by_room(
    rec: &mut Recorder<'_>,
    guide: &Plane<Rgb>,
    mask: &Plane<Mask>,
    last: &Plane<Mask>,
    room: &Room,
) -> Plane<Mask> {
    room_sight(rec, guide, mask, last, room);
    room_watch(rec, guide, last, room);
    room_evidence(rec, guide, mask, room)
}
