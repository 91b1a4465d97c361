use super::frame::{Alpha, Frame};
use crate::{
    gpu::{Coding, Extent, Plane, Recorder, Rgb8, Shader},
    shader, uniform,
};

pub(super) const SHADER: Shader = shader!("passes", "checkered", ["colour"], [16, 4], CheckeredParams);

uniform! {
    /// Parameters of `checkered.wgsl`.
    CheckeredParams {
        coding: Coding,
        frame: [u32; 2],
        /// Side of a square in pixels.
        square: u32,
        padding: u32,
    }
}

/// What `cutout` made as a texture that a window draws: the person over a checkerboard with some 45 squares from top to
/// bottom.
pub fn checkered(rec: &mut Recorder<'_>, cutout: &Frame, alpha: &Alpha, shown: &Plane<Rgb8>) {
    let square = (cutout.size.height / 45).max(4);
    let params = CheckeredParams { coding: cutout.coding, frame: cutout.size.into(), square, padding: 0 };
    let params = rec.uniform(SHADER.name, params);
    rec.dispatch(&SHADER, &[&cutout.words, &alpha.words, shown, &params], Extent::Pairs(cutout.size));
}
