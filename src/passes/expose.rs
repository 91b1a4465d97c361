use super::Guide;
use crate::{
    gpu::{Coded, Four, Over, Plane, Recorder, Shader},
    model::Reading,
    settings::Exposure,
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        scale: f32,
        offset: f32,
        texels: f32,
        auto_gain: u32,
    }
}

pub(super) const SHADER: Shader = shader!("expose", ["noise", "sum"], [16, 4], Params);

/// The small picture times the exposure gain, written into the model's `input`: R, G, B, 0. The gain, 1..4, comes from the mean luma of this very frame's guide, whose noise is learnt on the way.
pub fn expose(
    rec: &mut Recorder<'_>,
    small: &Plane<Coded>,
    guide: &Guide,
    exposure: Exposure,
    reading: &Reading,
    input: &Plane<Four>,
) {
    let params = Params {
        scale: reading.scale,
        offset: reading.offset,
        texels: guide.plane.size.area() as f32,
        auto_gain: (exposure == Exposure::Auto).into(),
    };
    let params = rec.uniform(SHADER.name, params);
    let bindings: [&dyn crate::gpu::Bind; 5] = [small, &guide.sums, &guide.noise, input, &params];
    rec.dispatch(&SHADER, &bindings, Over::Blocks(small.size, [1, 4]));
}
