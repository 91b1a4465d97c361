use super::{Frame, Strips, guide::TEXELS};
use crate::{
    gpu::{Coded, Coding, Extent, Plane, Recorder},
    model::View,
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        content_at: [u32; 2],
        content_size: [u32; 2],
        padding: [u32; 2],
    }
}

pub(super) const SHADER: Strips = Strips {
    quads: shader!("passes", "preprocess", ["colour", "quads", "pixels", "area"], [8, 8], Params),
    words: shader!("passes", "preprocess", ["colour", "words", "pixels", "area"], [8, 8], Params),
};

/// The frame, area-averaged into `view`: R'G'B' 0..1, black beside the frame.
pub fn preprocess(rec: &mut Recorder<'_>, frame: &Frame, view: View) -> Plane<Coded> {
    let small = rec.plane("small", view.size);
    let params = Params {
        coding: frame.coding,
        frame: frame.size.into(),
        content_at: view.content_at,
        content_size: view.content_size.into(),
        padding: [0; 2],
    };
    let over = Extent::Blocks(view.size, [TEXELS, 1]);
    rec.dispatch_with(SHADER.of(frame.size), &params, &[&frame.words, &small], over);
    small
}
