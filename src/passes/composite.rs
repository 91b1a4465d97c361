use super::{Alpha, Frame, FrameParams};
use crate::{
    gpu::{Over, Plane, Recorder, Shader, Soft, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("composite", ["colour", "sample"], [16, 4], FrameParams);

/// The person before `shown`, packed to YUYV; `room` is what to take out of the person's edge.
pub fn composite(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    room: &Plane<Soft>,
    shown: &Plane<Soft>,
) -> Storage {
    let packed = rec.storage("packed", frame.words.bytes);
    let params = rec.uniform(SHADER.name, FrameParams::from(frame));
    let bindings: [&dyn crate::gpu::Bind; 6] = [&frame.words, &alpha.words, room, shown, &packed, &params];
    rec.dispatch(&SHADER, &bindings, Over::Pairs(frame.size));
    packed
}
