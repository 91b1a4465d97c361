use super::{guide::Guide, state::State};
use crate::{
    gpu::{Extent, Recorder, Shader, Storage},
    model::Reading,
    shader, uniform,
};

/// Whether a dark frame is brightened for the model. The picture itself is never changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Exposure {
    /// By a gain of 1..4 towards a mean luma of 0.45.
    #[default]
    Auto,
    /// Not at all.
    Off,
}

uniform! {
    /// The `Params` of `expose.wgsl`.
    Params {
        scale: f32,
        offset: f32,
        texels: f32,
        auto_gain: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "expose", ["noise", "sum"], [64, 1], Params);

/// The exposure of the model's input: four f32, see `lib/exposed.wgsl`. The gain, 1..4, comes from the mean
/// luma of this frame's guide. Also updates the estimate of the camera's noise in `state`.
pub fn expose(
    rec: &mut Recorder<'_>,
    guide: &Guide,
    exposure: Exposure,
    reading: &Reading,
    state: &State,
) -> Storage {
    let params = Params {
        scale: reading.scale,
        offset: reading.offset,
        texels: guide.plane.size.area() as f32,
        auto_gain: (exposure == Exposure::Auto).into(),
    };
    let params = rec.uniform(SHADER.name, params);
    let exposure = rec.storage("exposure", 16);
    rec.dispatch(&SHADER, &[&guide.sums, &state.noise, &exposure, &params], Extent::Once);
    exposure
}
