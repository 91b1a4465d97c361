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
    /// The `Params` of `coefficients.wgsl`.
    Params {
        coding: Coding,
        interleave: u32,
    }
}

pub(super) const SHADER: Shader =
    shader!("passes", "coefficients", ["colour", "solve", "tiles"], [16, 4], Params);

/// Alpha as a linear function of the camera's codes, for every texel of the mask, and the confidence of its
/// average over time.
#[derive(Clone, Debug)]
pub struct LinearModel {
    /// alpha = r Y' + g Cb + b Cr + a, of 16 times the codes.
    pub coefficients: Plane<Coefficients>,
    /// r: 1 / the change of alpha that noise explains; g: how still the place is, 0..1.
    pub confidence: Plane<Confidence>,
}

/// The last guided solve of `mask`, as a function of the codes of `frame`; tiles that `statistics` marks as
/// saturated are not solved.
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
