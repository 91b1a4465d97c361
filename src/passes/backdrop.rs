use super::{Alpha, Frame, blur, blur_small, room};
use crate::{
    gpu::{Over, Plane, Recorder, Shader, Soft},
    shader,
};

pub(super) const SHADER: Shader = shader!("backdrop", ["sample"], [16, 4], ());

/// The blurred room with no trace of the person, R'G'B' 0..1 at a quarter of the frame's size.
///
/// `strength` is the blur's σ in pixels of a frame 720 rows high. The same picture is what the blur effect
/// shows and what the composite takes for the room behind the person's edge.
pub fn backdrop(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64) -> Plane<Soft> {
    let sigma = strength * f64::from(frame.size.height) / 720.0 / 4.0;
    let room = room(rec, frame, alpha);
    let near = blur(rec, &room, sigma);
    // σ 3 at a 32nd of the frame: what speaks where no room is in reach.
    let wide = blur_small(rec, &near.eighth);
    let backdrop = rec.plane("backdrop", room.size);
    rec.dispatch(&SHADER, &[&near.soft, &wide, &backdrop], Over::Each(room.size));
    backdrop
}
