use super::{
    frame::{Alpha, Frame},
    state::{LinearModel, State},
    strips::{Strips, interleave, strips},
};
use crate::{
    gpu::{Bind, Recorder},
    uniform,
};

uniform! {
    /// The `Params` of `alpha.wgsl`.
    Params {
        frame: [u32; 2],
        texels: [u32; 2],
        tall: u32,
        strips: u32,
        interleave: u32,
        padding: u32,
    }
}

pub(super) const TEMPORAL_ON: Strips =
    strips!("alpha", ["colour", "sample"], ["pixels", "strip", "temporal_on"], [16, 4], Params);
pub(super) const TEMPORAL_OFF: Strips =
    strips!("alpha", ["colour", "sample"], ["pixels", "strip", "temporal_off"], [16, 4], Params);

/// Whether alpha is averaged over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum Smooth {
    /// As far as the camera's noise explains a change; nothing that moves lags. Works with `guided`.
    #[default]
    Auto,
    /// Each frame for itself.
    Off,
}

/// Alpha at the frame's size from `model`, averaged over time with what `state` holds of the frames before.
/// Both have the sizes that `state` was made for.
pub fn alpha(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    model: &LinearModel,
    smooth: Smooth,
    state: &State,
) -> Alpha {
    let LinearModel { coefficients, confidence } = model;
    let State { history, strip_state, alpha, .. } = state;
    let strips = rec.gpu().tuning().passes.alpha_strips;
    let params = Params {
        frame: frame.size.into(),
        texels: coefficients.size.into(),
        tall: frame.size.height.div_ceil(coefficients.size.height),
        strips,
        padding: 0,
        interleave: interleave(rec.gpu(), (coefficients.size.height + 1).div_ceil(strips)),
    };
    let shader = if smooth == Smooth::Auto { &TEMPORAL_ON } else { &TEMPORAL_OFF };
    let bindings: [&dyn Bind; 7] =
        [&frame.words, &frame.words, coefficients, confidence, history, alpha, strip_state];
    let (shader, over) = shader.over(rec.gpu(), frame.size, coefficients.size, strips);
    rec.dispatch_with(shader, &params, &bindings, over);
    Alpha { words: alpha.clone(), size: frame.size }
}
