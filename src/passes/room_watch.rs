use super::room::Room;
use crate::{
    gpu::{Bind, Extent, Mask, Plane, Recorder, Rgb, Shader},
    shader,
};

pub(super) const SHADER: Shader = shader!("passes", "room_watch", ["room"], [256, 1], ());

/// The camera's gain against the room, and whether it still is that room: into `room.status`. `last` is the refined
/// mask of the frame before.
pub fn room_watch(rec: &mut Recorder<'_>, guide: &Plane<Rgb>, last: &Plane<Mask>, room: &Room) {
    let Room { cells, counts, sight, status, .. } = room;
    let bindings: [&dyn Bind; 6] = [guide, cells, counts, sight, last, status];
    rec.dispatch(&SHADER, &bindings, Extent::Once);
}
