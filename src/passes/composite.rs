use super::{Alpha, Frame, StripParams, Strips};
use crate::{
    gpu::{Bind, Plane, Recorder, Soft},
    shader,
};

/// Where the room itself is shown.
pub(super) const SHADER: Strips = Strips {
    quads: shader!(
        "composite",
        ["colour", "sample", "quads", "pixels", "strip", "room_is_shown"],
        [32, 1],
        StripParams
    ),
    words: shader!(
        "composite",
        ["colour", "sample", "words", "pixels", "strip", "room_is_shown"],
        [32, 1],
        StripParams
    ),
};
/// Where another picture is.
pub(super) const REPLACED: Strips = Strips {
    quads: shader!(
        "composite",
        ["colour", "sample", "quads", "pixels", "strip", "room_is_replaced"],
        [32, 1],
        StripParams
    ),
    words: shader!(
        "composite",
        ["colour", "sample", "words", "pixels", "strip", "room_is_replaced"],
        [32, 1],
        StripParams
    ),
};

/// The person before `shown`, packed to YUYV; `room` is what to take out of the person's edge.
pub fn composite(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    room: &Plane<Soft>,
    shown: &Plane<Soft>,
) -> Frame {
    let packed = rec.storage("packed", frame.words.bytes);
    let strips = if room.texture() == shown.texture() { &SHADER } else { &REPLACED };
    let (shader, over) = strips.over(frame.size, shown.size, 1);
    let bindings: [&dyn Bind; 5] = [&frame.words, &alpha.words, room, shown, &packed];
    rec.dispatch_with(shader, &StripParams::new(frame, shown.size), &bindings, over);
    frame.with(packed)
}
