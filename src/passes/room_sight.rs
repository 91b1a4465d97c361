use super::room::Room;
use crate::{
    gpu::{Bind, Extent, Mask, Plane, Recorder, Rgb, Shader},
    shader,
};

pub(super) const SHADER: Shader =
    shader!("passes", "room_sight", ["any_lane", "solve", "room"], [16, 16], ());

/// Looks at each cell's surroundings for the passes that follow: into `room.sight`. `mask` is the model's, and
/// `last` the refined mask of the frame before.
pub fn room_sight(
    rec: &mut Recorder<'_>,
    guide: &Plane<Rgb>,
    mask: &Plane<Mask>,
    last: &Plane<Mask>,
    room: &Room,
) {
    let Room { size, cells, counts, sight, status, .. } = room;
    let bindings: [&dyn Bind; 7] = [guide, mask, last, cells, counts, status, sight];
    rec.dispatch(&SHADER, &bindings, Extent::Each(*size));
}
