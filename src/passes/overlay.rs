use super::frame::{Alpha, Frame};
use crate::{
    gpu::{Extent, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `overlay.wgsl`.
    Params {
        frame: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "overlay", ["colour"], [64, 1], Params);

/// Draws `front` over the frame. `front` is coded as the frame and not multiplied by `alpha`.
pub fn overlay(rec: &mut Recorder<'_>, frame: &Frame, front: &Frame, alpha: &Alpha) -> Frame {
    let packed = rec.storage("packed", frame.words.bytes);
    let params = rec.uniform(SHADER.name, Params { frame: frame.size.into() });
    rec.dispatch(
        &SHADER,
        &[&frame.words, &front.words, &alpha.words, &packed, &params],
        Extent::Pairs(frame.size),
    );
    frame.with(packed)
}
