use super::frame::Frame;
use crate::{
    frame::geometry::Framing,
    gpu::{Extent, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `turn.wgsl`.
    Params {
        camera: [u32; 2],
        frame: [u32; 2],
        at: [u32; 2],
        flip: [u32; 2],
        swap: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "turn", ["colour"], [64, 1], Params);

/// The part of the turned picture whose first pixel is `at`, pixel by pixel.
pub fn turn(rec: &mut Recorder<'_>, camera: &Frame, framing: &Framing, at: [u32; 2]) -> Frame {
    let words = rec.storage("frame", framing.frame.yuyv_bytes() as u64);
    let params = Params {
        camera: framing.camera.into(),
        frame: framing.frame.into(),
        at,
        flip: framing.turn.flip.map(u32::from),
        swap: framing.turn.swap.into(),
        padding: 0,
    };
    let params = rec.uniform(SHADER.name, params);
    rec.dispatch(&SHADER, &[&camera.words, &words, &params], Extent::Pairs(framing.frame));
    Frame { words, size: framing.frame, ..camera.clone() }
}
