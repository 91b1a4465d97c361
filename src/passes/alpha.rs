use super::{Alpha, Frame, Guide, Lines, Strips};
use crate::{
    Size,
    gpu::{Bind, Coding, Recorder, Storage},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        steady: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Strips = Strips {
    quads: shader!("alpha", ["colour", "sample", "quads", "pixels", "strip"], [32, 1], Params),
    words: shader!("alpha", ["colour", "sample", "words", "pixels", "strip"], [32, 1], Params),
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

/// Alpha at the frame's size from the guided solve's lines, steadied by the frame before, which the guide remembers.
pub fn alpha(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    guide: &Guide,
    lines: &Lines,
    history: &Storage,
    smooth: Smooth,
) -> Alpha {
    let words = words(rec, frame.size);
    let steady = (smooth == Smooth::Auto).into();
    let params = Params { coding: frame.coding, frame: frame.size.into(), steady, padding: 0 };
    let (shader, over) = SHADER.over(frame.size, lines.lines.size);
    let params = rec.uniform(shader.name, params);
    let Lines { lines, change } = lines;
    let bindings: [&dyn Bind; 7] = [&frame.words, lines, change, &guide.noise, history, &words, &params];
    rec.dispatch(shader, &bindings, over);
    Alpha { words, size: frame.size }
}

/// For each pixel the mean q of the frames before, as 16 bits of (q + ½) / 2, and of how many, as 16 bits of age / 8; as
/// many left pixels as a thread has words, then their right neighbours. Without smoothing it is not looked at.
pub fn history(rec: &Recorder<'_>, smooth: Smooth, frame: Size) -> Storage {
    let bytes = match smooth {
        Smooth::Auto => 4 * frame.area() as u64,
        Smooth::Off => 16,
    };
    rec.storage("history", bytes)
}

/// A buffer for two 16-bit values a YUYV word.
pub(super) fn words(rec: &Recorder<'_>, size: Size) -> Storage {
    rec.storage("alpha", size.yuyv_bytes() as u64)
}
