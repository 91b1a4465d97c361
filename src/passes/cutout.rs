use super::frame::{Alpha, Frame, FrameParams};
use crate::{
    gpu::{Extent, Plane, Recorder, Shader, WeightedRgb},
    shader,
};

pub(super) const SHADER: Shader =
    shader!("passes", "cutout", ["colour", "sample", "pair"], [16, 4], FrameParams);

/// The person's colour, not multiplied by alpha; black outside of the person. At the edge, the share of
/// `backdrop` is removed.
pub fn cutout(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, backdrop: &Plane<WeightedRgb>) -> Frame {
    let packed = rec.storage("packed", frame.words.bytes);
    let params = rec.uniform(SHADER.name, FrameParams::from(frame));
    rec.dispatch(
        &SHADER,
        &[&frame.words, &alpha.words, backdrop, &packed, &params],
        Extent::Pairs(frame.size),
    );
    frame.with(packed)
}
