use super::{Alpha, Frame, Lines, Strips, spread};
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
        spread: u32,
    }
}

pub(super) const STEADY: Strips = Strips {
    quads: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "quads", "pixels", "strip", "steady"],
        [32, 1],
        Params
    ),
    words: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "words", "pixels", "strip", "steady"],
        [32, 1],
        Params
    ),
};
pub(super) const UNSTEADY: Strips = Strips {
    quads: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "quads", "pixels", "strip", "unsteady"],
        [32, 1],
        Params
    ),
    words: shader!(
        "passes",
        "alpha",
        ["colour", "sample", "words", "pixels", "strip", "unsteady"],
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
    lines: &Lines,
    history: &Storage,
    smooth: Smooth,
) -> Alpha {
    let words = words(rec, frame.size);
    let Lines { lines, trust } = lines;
    // A CPU's lanes wait for the one that has most to do: of many strips each, that is a small part. A GPU wants threads.
    let each = if rec.gpu().is_software() { 8 } else { 2 };
    let params = Params {
        frame: frame.size.into(),
        texels: lines.size.into(),
        strips: each,
        spread: spread(rec.gpu(), (lines.size.height + 1).div_ceil(each)),
    };
    let strips = if smooth == Smooth::Auto { &STEADY } else { &UNSTEADY };
    let strips_in_all = frame.size.width / Strips::pixels(frame.size) * (lines.size.height + 1);
    let settled = rec.storage("settled", 4 * u64::from(strips_in_all));
    let bindings: [&dyn Bind; 7] = [&frame.words, &frame.words, lines, trust, history, &words, &settled];
    let (shader, over) = strips.over(frame.size, lines.size, each);
    rec.dispatch_with(shader, &params, &bindings, over);
    Alpha { words, size: frame.size }
}

/// Texels of a row of a mask that a strip of words sees: `columns` in `lib/strip.wgsl`.
pub(super) fn columns_seen(frame: Size, mask: Size) -> u32 {
    2 + (mask.width * (Strips::pixels(frame) - 1)).div_ceil(frame.width)
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

/// A buffer for two 16-bit values a YUYV word.
pub(super) fn words(rec: &Recorder<'_>, size: Size) -> Storage {
    rec.storage("alpha", size.yuyv_bytes() as u64)
}
