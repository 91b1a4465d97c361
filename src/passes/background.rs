use super::{
    frame::{Alpha, Frame},
    room::Room,
    strips::{Strips, strips},
};
use crate::{
    Size,
    gpu::{Bind, Coding, Extent, Plane, Recorder, WeightedRgb},
    uniform,
};

uniform! {
    /// The `Params` of `background.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        side: u32,
        padding: u32,
        cells: [u32; 2],
    }
}

/// Without what the person hides.
pub(super) const PLATE_OFF: Strips =
    strips!("background", ["colour", "room"], ["pixels", "tone", "plate_off"], [16, 4], Params);
/// With what the person hides, where it is known.
pub(super) const PLATE_ON: Strips =
    strips!("background", ["colour", "room"], ["pixels", "tone", "plate_on"], [16, 4], Params);

/// The background without the person: one texel for `side` pixels (4, 8 or 16) each way, weighted by (1 −
/// alpha)⁴; what the person hides is filled in from `room`.
pub fn background(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    side: u32,
    room: Option<&Room>,
) -> Plane<WeightedRgb> {
    let size = texels(frame.size, side);
    let background = rec.plane("background", size);
    let words = &frame.words;
    let (strips, cells) = room.map_or((&PLATE_OFF, words), |room| (&PLATE_ON, &room.cells));
    let (_, [_, counts, status, light]) = Room::bound(room, words, &PLATE_ON, &PLATE_OFF);
    let bindings: [&dyn Bind; 7] = [words, &alpha.words, &background, cells, counts, status, light];
    let params = Params {
        coding: frame.coding,
        frame: frame.size.into(),
        side,
        padding: 0,
        cells: room.map_or([1, 1], |room| room.size.into()),
    };
    let shader = strips.for_frame(frame.size);
    let threads = match side {
        // A strip of four words is two blocks of four pixels.
        4 if Strips::is_vec4(frame.size) => Size::new(size.width.div_ceil(2), size.height),
        4 | 8 => size,
        _ => Size::new(2 * size.width, 2 * size.height),
    };
    rec.dispatch_with(shader, &params, &bindings, Extent::Each(threads));
    background
}

/// Size of a picture with one texel for `side` pixels of a frame each way.
pub(super) fn texels(frame: Size, side: u32) -> Size {
    Size::new(frame.width.div_ceil(side), frame.height.div_ceil(side))
}
