use super::{
    frame::Frame,
    guide::Guide,
    statistics::{Statistics, over_tiles},
};
use crate::{
    gpu::{Bind, Coding, Coefficients, Confidence, Mask, Plane, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        interleave: u32,
    }
}

pub(super) const SHADER: Shader =
    shader!("passes", "coefficients", ["colour", "solve", "tiles"], [16, 4], Params);

/// Alpha at mask size as a line in the camera's codes, and what says where it may be steadied.
#[derive(Clone, Debug)]
pub struct LinearModel {
    /// r Y' + g Cb + b Cr + a, of sixteen times the codes.
    pub coefficients: Plane<Coefficients>,
    /// 1 / what noise may do to alpha, and how still it is, 0..1.
    pub confidence: Plane<Confidence>,
}

/// The line of every texel of the mask, in the codes of `frame`; `statistics` say what is known of it already.
pub fn coefficients(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    guide: &Guide,
    statistics: &Statistics,
    mask: &Plane<Mask>,
) -> LinearModel {
    let size = guide.plane.size;
    let made = LinearModel {
        coefficients: rec.plane("coefficients", size),
        confidence: rec.plane("confidence", size),
    };
    let bindings: [&dyn Bind; 6] =
        [&guide.plane, mask, &guide.noise, &made.coefficients, &made.confidence, &statistics.tile_state];
    let (over, interleave) = over_tiles(rec.gpu(), size, 4);
    let params = Params { coding: frame.coding, interleave };
    rec.dispatch_with(&SHADER, &params, &bindings, over);
    made
}
