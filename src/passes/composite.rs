use super::{
    backdrop::Backdrop,
    frame::{Alpha, Frame},
    room::Room,
    strips::{Strips, interleave, strips},
};
use crate::{
    Size,
    gpu::{Bind, Coding, Extent, Recorder, tuning::PassTuning},
    uniform,
};

uniform! {
    /// The `Params` of `composite.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        texels: [u32; 2],
        side: u32,
        tall: u32,
        strips: u32,
        interleave: u32,
        cells: [u32; 2],
    }
}

/// The blurred background stands for the room behind the person's edge.
pub(super) const PLATE_OFF: Strips = strips!(
    "composite",
    ["colour", "room"],
    ["pixels", "tone", "spline", "plate", "plate_off"],
    [16, 4],
    Params
);
/// Where the room is known, its own colours do.
pub(super) const PLATE_ON: Strips = strips!(
    "composite",
    ["colour", "room"],
    ["pixels", "tone", "spline", "plate", "plate_on"],
    [16, 4],
    Params
);

/// The person over `backdrop`, packed to YUYV. A `room` has the frame's size.
pub fn composite(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    backdrop: &Backdrop,
    room: Option<&Room>,
) -> Frame {
    let (plane, side) = (&backdrop.plane, backdrop.side);
    let packed = rec.storage("packed", frame.words.bytes);
    // Fewer strips for larger texels: in a large frame every row is another page of memory (llvmpipe idiom
    // 14).
    let PassTuning { composite_rows, composite_pixels, .. } = rec.gpu().tuning().passes;
    let (tall, each) = (side.min(composite_rows), (composite_pixels / (side * side)).max(1));
    let rows = frame.size.height.div_ceil(tall * each);
    let params = Params {
        coding: frame.coding,
        frame: frame.size.into(),
        texels: plane.size.into(),
        side,
        tall,
        strips: each,
        interleave: interleave(rec.gpu(), rows),
        cells: room.map_or([1, 1], |room| room.size.into()),
    };
    let pixels = Strips::pixels(rec.gpu(), frame.size);
    let (strips, [plate, counts, status, light]) = Room::bound(room, &frame.words, &PLATE_ON, &PLATE_OFF);
    let shader = if pixels == 8 { &strips.vec4 } else { &strips.scalar };
    let threads = Size::new(frame.size.width / pixels, rows);
    let bindings: [&dyn Bind; 8] = [&frame.words, &alpha.words, plane, &packed, plate, counts, status, light];
    rec.dispatch_with(shader, &params, &bindings, Extent::Each(threads));
    frame.with(packed)
}
