use super::{frame::Alpha, guide::Guide, state::State};
use crate::{
    gpu::{Bind, Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `meter.wgsl`.
    Params {
        frame: [u32; 2],
        texels: [u32; 2],
        kept: f32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader =
    shader!("passes", "meter", ["noise", "gain", "sum_lanes"], [256, 1], Params);

/// Bytes of a light: the gains of R', G' and B', and what is kept from frame to frame, f32.
pub const LIGHT_BYTES: u64 = 48;

/// How much noise denoising leaves: measured on the test card's dark scene and on what moves.
const KEPT: f32 = 0.4;

/// Meters the frame's light on the person and moves `light` to it. `clock` holds the f32 seconds since the last frame;
/// `is_denoised` says whether the picture's noise was taken out.
pub fn meter(
    rec: &mut Recorder<'_>,
    guide: &Guide,
    alpha: &Alpha,
    clock: &Storage,
    is_denoised: bool,
    light: &Storage,
    state: &State,
) {
    let params = Params {
        frame: alpha.size.into(),
        texels: guide.plane.size.into(),
        kept: if is_denoised { KEPT } else { 1.0 },
        padding: 0,
    };
    let params = rec.uniform(SHADER.name, params);
    let bindings: [&dyn Bind; 6] = [&guide.plane, &alpha.words, &state.noise, clock, light, &params];
    rec.dispatch(&SHADER, &bindings, Extent::Once);
}
