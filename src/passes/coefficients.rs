use super::{
    frame::Frame,
    guide::Guide,
    state::{LinearModel, State},
    statistics::over_tiles,
};
use crate::{
    gpu::{Bind, Coding, Mask, Plane, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `coefficients.wgsl`.
    Params {
        coding: Coding,
        interleave: u32,
    }
}

pub(super) const SINGLE: Shader =
    shader!("passes", "coefficients", ["colour", "solve", "tile"], [16, 16], Params);
pub(super) const SKIPPING: Shader =
    shader!("passes", "coefficients", ["colour", "solve", "tiles"], [16, 4], Params);

/// The last guided solve of `mask`, as a function of the codes of `frame`; tiles that `state` marks as
/// saturated are not solved.
pub fn coefficients(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    guide: &Guide,
    mask: &Plane<Mask>,
    state: &State,
) -> LinearModel {
    let size = guide.plane.size;
    let LinearModel { coefficients, confidence } = &state.model;
    let bindings: [&dyn Bind; 6] =
        [&guide.plane, mask, &state.noise, coefficients, confidence, &state.tile_state];
    let shader = if rec.gpu().tuning().passes.tiles == 1 { &SINGLE } else { &SKIPPING };
    let (over, interleave) = over_tiles(rec.gpu(), shader, size);
    let params = Params { coding: frame.coding, interleave };
    rec.dispatch_with(shader, &params, &bindings, over);
    state.model.clone()
}
