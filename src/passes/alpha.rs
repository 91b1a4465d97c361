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
    /// See the shader.
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

/// Whether alpha is steadied from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Smooth {
    /// As far as the camera's noise explains a change; nothing that moves lags. Works with `guided`.
    #[default]
    Auto,
    /// Each frame for itself.
    Off,
}

/// Alpha at the frame's size from the guided solve's lines, steadied by the frame before.
pub fn alpha(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    model: &LinearModel,
    history: &Storage,
    smooth: Smooth,
) -> Alpha {
    let words = alpha_buffer(rec, frame.size);
    let LinearModel { coefficients, confidence } = model;
    // A CPU's lanes wait for the one that has most to do: of many strips each, that is a small part. A GPU wants threads.
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

/// For each pixel, 16 bits of a YUYV word's two: the mean q of the frames before, as 12 bits of (q + ½) / 2, and of how
/// many, as 4 bits of age / 8, the upper ones. Without smoothing it is not looked at.
pub fn history(rec: &Recorder<'_>, smooth: Smooth, frame: Size) -> Storage {
    let bytes = match smooth {
        Smooth::Auto => frame.yuyv_bytes() as u64,
        Smooth::Off => 16,
    };
    rec.storage("history", bytes)
}
