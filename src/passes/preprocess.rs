use super::{
    frame::Frame,
    guide::TEXELS,
    strips::{Strips, strips},
};
use crate::{
    gpu::{Coding, Extent, Plane, Recorder, Rgb},
    model::ModelView,
    uniform,
};

uniform! {
    /// The `Params` of `preprocess.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        content_at: [u32; 2],
        content_size: [u32; 2],
        padding: [u32; 2],
    }
}

pub(super) const SHADER: Strips = strips!("preprocess", ["colour"], ["pixels", "area"], [8, 8], Params);

/// The frame, area-averaged into `view`: R'G'B' gamma-coded, not clamped, black around the frame.
pub fn preprocess(rec: &mut Recorder<'_>, frame: &Frame, view: ModelView) -> Plane<Rgb> {
    let small = rec.plane("small", view.size);
    let params = Params {
        coding: frame.coding,
        frame: frame.size.into(),
        content_at: view.content_at,
        content_size: view.content_size.into(),
        padding: [0; 2],
    };
    let over = Extent::Blocks(view.size, [TEXELS, 1]);
    rec.dispatch_with(SHADER.for_frame(frame.size), &params, &[&frame.words, &small], over);
    small
}
