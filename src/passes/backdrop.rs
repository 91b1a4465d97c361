use super::{Alpha, Frame, blur, room, widen};
use crate::{
    Size,
    gpu::{Over, Plane, Recorder, Shader, Soft},
    shader,
};

pub(super) const SHADER: Shader = shader!("backdrop", ["sample"], [16, 4], ());

/// σ of the wide blur, in texels of a 32nd of the frame: what speaks where no room is in reach.
const WIDE_SIGMA: f64 = 3.0;

/// The blurred room with no trace of the person, R'G'B' 0..1 at a quarter of the frame's size; in the fourth channel,
/// how much of what is around is room: (1 − alpha)⁴ under the same blur.
///
/// `strength` is the blur's σ in pixels of a frame 720 rows high. The same picture is what the blur effect
/// shows and what the composite takes for the room behind the person's edge.
pub fn backdrop(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64) -> Plane<Soft> {
    let room = room(rec, frame, alpha);
    let near = blur(rec, &room, quarter_sigma(strength, frame.size));
    let small = widen(rec, &near);
    let wide = blur(rec, &small, WIDE_SIGMA);
    let backdrop = rec.plane("backdrop", near.size);
    rec.dispatch(&SHADER, &[&near, &wide, &backdrop], Over::Each(near.size));
    backdrop
}

/// σ in texels at a quarter of `frame`, from σ in pixels of a frame 720 rows high.
pub fn quarter_sigma(strength: f64, frame: Size) -> f64 {
    strength * f64::from(frame.height) / 720.0 / 4.0
}
