use super::{Alpha, Blurred, Frame, blur, blur_small, disc, room, room::texels};
use crate::{
    Size,
    gpu::{Over, Plane, Recorder, Shader, Soft},
    shader,
};

pub(super) const SHADER: Shader = shader!("backdrop", ["sample", "as_it_is"], [16, 4], ());
pub(super) const TWICE: Shader = shader!("backdrop", ["sample", "twice"], [16, 4], ());

/// The blurred room with no trace of the person, R'G'B' 0..1, a texel for [`backdrop_side`] pixels each way; in the
/// fourth channel, how much of what is around is room: (1 − alpha)⁴ under the same blur.
///
/// `strength` is the blur's σ in pixels of a frame 720 rows high. The same picture is what the blur effect
/// shows and what the composite takes for the room behind the person's edge.
pub fn backdrop(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64) -> Plane<Soft> {
    let sigma = frame_sigma(strength, frame.size);
    let (side, texel) = (blurred_side(sigma), backdrop_side(strength, frame.size));
    let room = room(rec, frame, alpha, side);
    let s = f64::from(side);
    // What is drawn twice as large is blurred by that as well: a block's variance, and a B-spline's.
    let own = if side == texel { 0.0 } else { (s * s - 1.0) / 12.0 + s * s / 4.0 };
    let near = blur(rec, &room, (sigma * sigma - own).sqrt() / s);
    without_holes(rec, &near, texels(frame.size, texel))
}

/// The same by a disc in the scene's light, as a wide open lens blurs: `strength` is the σ of the Gaussian that is as
/// wide.
pub fn bokeh(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, strength: f64) -> Plane<Soft> {
    let side = if frame.size.height < LARGE { SIDE } else { 2 * SIDE };
    let room = room(rec, frame, alpha, side);
    // The variance of a disc in either direction is a quarter of its squared radius.
    let near = disc(rec, &room, 2.0 * frame_sigma(strength, frame.size) / f64::from(side));
    without_holes(rec, &near, room.size)
}

/// Pixels along a side of a texel of [`backdrop`]'s picture: half of those that are blurred, but four at least.
pub fn backdrop_side(strength: f64, frame: Size) -> u32 {
    (blurred_side(frame_sigma(strength, frame)) / 2).max(SIDE)
}

/// σ in pixels of `frame`, from σ in pixels of a frame 720 rows high.
pub fn frame_sigma(strength: f64, frame: Size) -> f64 {
    strength * f64::from(frame.height) / 720.0
}

/// Pixels along a side of a texel, at the finest.
const SIDE: u32 = 4;
/// Rows from which on a disc is drawn twice as coarse: it grows with the frame.
const LARGE: u32 = 1440;

/// The same of the picture that is blurred: as many as leave σ 1.2 of its texels.
fn blurred_side(sigma: f64) -> u32 {
    match sigma {
        ..9.6 => SIDE,
        ..19.2 => 2 * SIDE,
        _ => 4 * SIDE,
    }
}

/// Colour over weight, at `size`; where no room is in reach, that of a far wider blur.
fn without_holes(rec: &mut Recorder<'_>, near: &Blurred, size: Size) -> Plane<Soft> {
    // σ 3 at an eighth of the size.
    let wide = blur_small(rec, &near.eighth);
    let backdrop = rec.plane("backdrop", size);
    let shader = if near.soft.size == size { &SHADER } else { &TWICE };
    rec.dispatch(shader, &[&near.soft, &wide, &backdrop], Over::Blocks(size, [4, 2]));
    backdrop
}
