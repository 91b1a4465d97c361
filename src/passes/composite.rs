use super::{Alpha, Frame, FrameParams};
use crate::{
    gpu::{Bind, Over, Plane, Recorder, Shader, Soft},
    shader,
};

/// Where the room itself is shown.
pub(super) const SHADER: Shader =
    shader!("composite", ["colour", "sample", "room_is_shown"], [64, 1], FrameParams);
/// Where another picture is.
pub(super) const REPLACED: Shader =
    shader!("composite", ["colour", "sample", "room_is_replaced"], [64, 1], FrameParams);

/// The person before `shown`, packed to YUYV; `room` is what to take out of the person's edge.
pub fn composite(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    room: &Plane<Soft>,
    shown: &Plane<Soft>,
) -> Frame {
    let packed = rec.storage("packed", frame.words.bytes);
    let shader = if room.texture() == shown.texture() { &SHADER } else { &REPLACED };
    let params = rec.uniform(shader.name, FrameParams::from(frame));
    let bindings: [&dyn Bind; 6] = [&frame.words, &alpha.words, room, shown, &packed, &params];
    rec.dispatch(shader, &bindings, Over::Strips { frame: frame.size, seen: shown.size });
    frame.with(packed)
}
