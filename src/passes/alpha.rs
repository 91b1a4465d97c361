use super::{Alpha, Frame, FrameParams};
use crate::{
    Size,
    gpu::{Coefficients, Over, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("alpha", ["colour", "sample"], [16, 4], FrameParams);

/// Alpha at the frame's size from the guided solve's lines.
pub fn alpha(rec: &mut Recorder<'_>, frame: &Frame, lines: &Plane<Coefficients>) -> Alpha {
    let words = words(rec, frame.size);
    let params = rec.uniform(SHADER.name, FrameParams::from(frame));
    rec.dispatch(&SHADER, &[&frame.words, lines, &words, &params], Over::Pairs(frame.size));
    Alpha { words, size: frame.size }
}

/// A buffer for the alphas of a frame.
pub(super) fn words(rec: &Recorder<'_>, size: Size) -> Storage {
    rec.storage("alpha", size.yuyv_bytes() as u64)
}
