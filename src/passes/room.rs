use super::{Alpha, Frame, Strips};
use crate::{
    Size,
    gpu::{Bind, Coding, Over, Plane, Recorder, Soft},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        side: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Strips = Strips {
    quads: shader!("room", ["colour", "quads", "pixels"], [16, 4], Params),
    words: shader!("room", ["colour", "words", "pixels"], [16, 4], Params),
};

/// Rows from which on the room is seen at an eighth of the frame's size: a blur's σ grows with the frame, and what it
/// costs would grow with the cube of it.
const LARGE: u32 = 1440;

/// The room without the person at a quarter of the frame's size, an eighth of a large one's, weighted by (1 − alpha)⁴.
pub fn room(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha) -> Plane<Soft> {
    let side = side(frame.size);
    let size = Size::new(frame.size.width.div_ceil(side), frame.size.height.div_ceil(side));
    let room = rec.plane("room", size);
    let bindings: [&dyn Bind; 3] = [&frame.words, &alpha.words, &room];
    let params = Params { coding: frame.coding, frame: frame.size.into(), side, padding: 0 };
    let shader = SHADER.of(frame.size);
    // A strip of four words is two blocks of four pixels.
    let texels = if Strips::is_quads(frame.size) { 8u32.div_ceil(side) } else { 1 };
    rec.dispatch_with(shader, &params, &bindings, Over::Blocks(size, [texels, 1]));
    room
}

/// σ in texels of the room, from σ in pixels of a frame 720 rows high.
pub fn room_sigma(strength: f64, frame: Size) -> f64 {
    strength * f64::from(frame.height) / 720.0 / f64::from(side(frame))
}

/// Pixels along the side of what a texel is the mean of.
fn side(frame: Size) -> u32 {
    if frame.height < LARGE { 4 } else { 8 }
}
