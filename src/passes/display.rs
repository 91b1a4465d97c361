use super::frame::{Frame, FrameParams};
use crate::{
    gpu::{Extent, Plane, Recorder, Rgb8, Shader},
    shader,
};

pub(super) const SHADER: Shader = shader!("passes", "display", ["colour"], [16, 4], FrameParams);

/// The frame as a texture that a window draws: R'G'B' by the frame's own matrix and range.
pub fn display(rec: &mut Recorder<'_>, frame: &Frame, shown: &Plane<Rgb8>) {
    let params = rec.uniform(SHADER.name, FrameParams::from(frame));
    rec.dispatch(&SHADER, &[&frame.words, shown, &params], Extent::Pairs(frame.size));
}
