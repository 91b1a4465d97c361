use super::{Alpha, Blurred, Frame, blur, blur_small, disc, room, room_sigma};
use crate::{
    gpu::{Over, Plane, Recorder, Shader, Soft},
    shader,
};

pub(super) const SHADER: Shader = shader!("backdrop", ["sample"], [16, 4], ());

/// The blurred room with no trace of the person, R'G'B' 0..1 at the size of [`super::room`]; in the fourth channel, how
/// much of what is around is room: (1 − alpha)⁴ under the same blur.
///
/// `strength` is the blur's σ in pixels of a frame 720 rows high. The same picture is what the blur effect
/// shows and what the composite takes for the room behind the person's edge.
pub fn backdrop(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64) -> Plane<Soft> {
    let room = room(rec, frame, alpha);
    let near = blur(rec, &room, room_sigma(strength, frame.size));
    without_holes(rec, &near)
}

/// The same by a disc in the scene's light, as a wide open lens blurs: `strength` is the σ of the Gaussian that is as
/// wide.
pub fn bokeh(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64) -> Plane<Soft> {
    let room = room(rec, frame, alpha);
    // The variance of a disc in either direction is a quarter of its squared radius.
    let near = disc(rec, &room, 2.0 * room_sigma(strength, frame.size));
    without_holes(rec, &near)
}

/// Colour over weight; where no room is in reach, that of a far wider blur.
fn without_holes(rec: &mut Recorder<'_>, near: &Blurred) -> Plane<Soft> {
    // σ 3 at an eighth of the room's size.
    let wide = blur_small(rec, &near.eighth);
    let backdrop = rec.plane("backdrop", near.soft.size);
    rec.dispatch(&SHADER, &[&near.soft, &wide, &backdrop], Over::Blocks(near.soft.size, [4, 1]));
    backdrop
}
