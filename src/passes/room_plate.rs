use super::{frame::Frame, room::Room, strips::StripParams};
use crate::{
    gpu::{Bind, Extent, Recorder, Shader},
    shader,
};

pub(super) const SHADER: Shader = shader!("passes", "room_plate", ["colour", "room"], [64, 1], StripParams);

/// Learns the room at the size of `frame`, where `room_learn` did in this frame.
pub fn room_plate(rec: &mut Recorder<'_>, frame: &Frame, room: &Room) {
    let Room { size, counts, status, plate, .. } = room;
    let bindings: [&dyn Bind; 4] = [&frame.words, counts, status, plate];
    rec.dispatch_with(&SHADER, &StripParams::new(frame, *size), &bindings, Extent::Pairs(frame.size));
}
