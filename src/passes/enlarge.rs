use super::{
    frame::{Alpha, alpha_buffer},
    halve::Params,
    strips::{Strips, strips},
};
use crate::{
    Size,
    gpu::{Extent, Recorder},
};

pub(super) const SHADER: Strips = strips!("enlarge", ["colour"], ["pixels"], [32, 1], Params);

/// Rows of the half for each thread.
const ROWS: u32 = 8;

/// Alpha of a `frame`, bilinear, from the alpha of its half (see [`super::halve()`]).
pub fn enlarge(rec: &mut Recorder<'_>, half: &Alpha, frame: Size) -> Alpha {
    let alpha = alpha_buffer(rec, frame);
    let (shader, words_each) = SHADER.for_half(frame);
    let params = Params { frame: frame.into(), half: half.size.into() };
    let over = Extent::Blocks(half.size, [2 * words_each, ROWS]);
    rec.dispatch_with(shader, &params, &[&half.words, &alpha], over);
    Alpha { words: alpha, size: frame }
}
