use super::{Alpha, Frame};
use crate::{
    gpu::{Bind, Coding, Over, Plane, Recorder, Shader, Soft, Storage},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        room_is_shown: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("composite", ["colour", "sample"], [16, 4], Params);

/// The person before `shown`, packed to YUYV; `room` is what to take out of the person's edge.
pub fn composite(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    room: &Plane<Soft>,
    shown: &Plane<Soft>,
) -> Storage {
    let packed = rec.storage("packed", frame.words.bytes);
    let room_is_shown = (room.texture() == shown.texture()).into();
    let params = Params { coding: frame.coding, frame: frame.size.into(), room_is_shown, padding: 0 };
    let params = rec.uniform(SHADER.name, params);
    let bindings: [&dyn Bind; 6] = [&frame.words, &alpha.words, room, shown, &packed, &params];
    rec.dispatch(&SHADER, &bindings, Over::Pairs(frame.size));
    packed
}
