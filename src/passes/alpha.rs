use super::{
    coefficients::LinearModel,
    frame::{Alpha, Frame, alpha_buffer},
    strips::{Strips, interleave},
};
use crate::{
    Size,
    gpu::{Bind, Recorder, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `alpha.wgsl`.
    Params {
        frame: [u32; 2],
        texels: [u32; 2],
        strips: u32,
        interleave: u32,
    }
}

pub(super) const TEMPORAL_ON: Strips = Strips {
    vec4: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "vec4", "pixels", "strip", "temporal_on"],
        [32, 1],
        Params
    ),
    scalar: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "scalar", "pixels", "strip", "temporal_on"],
        [32, 1],
        Params
    ),
};
pub(super) const TEMPORAL_OFF: Strips = Strips {
    vec4: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "vec4", "pixels", "strip", "temporal_off"],
        [32, 1],
        Params
    ),
    scalar: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "scalar", "pixels", "strip", "temporal_off"],
        [32, 1],
        Params
    ),
};

/// Whether alpha is averaged over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Smooth {
    /// As far as the camera's noise explains a change; nothing that moves lags. Works with `guided`.
    #[default]
    Auto,
    /// Each frame for itself.
    Off,
}

/// Alpha at the frame's size from `model`, averaged over time with what `history` holds of the frames before,
/// which it updates.
pub fn alpha(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    model: &LinearModel,
    history: &Storage,
    smooth: Smooth,
) -> Alpha {
    let words = alpha_buffer(rec, frame.size);
    let LinearModel { coefficients, confidence } = model;
    // A CPU's lanes wait for the busiest one, which matters less the more strips each has. A GPU wants many
    // threads.
    let each = if rec.gpu().is_software() { 8 } else { 2 };
    let params = Params {
        frame: frame.size.into(),
        texels: coefficients.size.into(),
        strips: each,
        interleave: interleave(rec.gpu(), (coefficients.size.height + 1).div_ceil(each)),
    };
    let strips = if smooth == Smooth::Auto { &TEMPORAL_ON } else { &TEMPORAL_OFF };
    let strips_in_all = frame.size.width / Strips::pixels(frame.size) * (coefficients.size.height + 1);
    let strip_state = rec.storage("strip state", 4 * u64::from(strips_in_all));
    let bindings: [&dyn Bind; 7] =
        [&frame.words, &frame.words, coefficients, confidence, history, &words, &strip_state];
    let (shader, over) = strips.over(frame.size, coefficients.size, each);
    rec.dispatch_with(shader, &params, &bindings, over);
    Alpha { words, size: frame.size }
}

/// A buffer with 16 bits for each pixel: the mean q of the frames before in the lower 12 bits, as (q + ½) /
/// 2, and its age in the upper 4, as age / 8, capped at 8 frames. Without smoothing it is never read.
pub fn history(rec: &Recorder<'_>, smooth: Smooth, frame: Size) -> Storage {
    let bytes = match smooth {
        Smooth::Auto => frame.yuyv_bytes() as u64,
        Smooth::Off => 16,
    };
    rec.storage("history", bytes)
}
