use super::{Alpha, Frame, change, noise};
use crate::{
    Size,
    gpu::{Coded, Coding, Coefficients, Over, Person, Plane, Recorder, Shader, Storage},
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

pub(super) const SHADER: Shader = shader!("alpha", ["colour", "sample"], [64, 1], Params);

/// Whether alpha is steadied from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Smooth {
    /// As far as the camera's noise explains a change; nothing that moves lags. Works with `guided`.
    #[default]
    Auto,
    /// Each frame for itself.
    Off,
}

/// What alpha remembers of the frame before.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Change of luma since then, 0..1, at mask size.
    pub change: Plane<Person>,
    /// f32 noise of the camera as a share of full scale, and f32 frames seen.
    pub state: Storage,
    /// For each pixel the mean q of the frames before, as 16 bits of (q + ½) / 2, and of how many, as 16 bits of
    /// age / 8.
    pub history: Storage,
}

impl Memory {
    /// Records what keeps the memory up to date; without smoothing, nothing, and the memory is never looked at.
    pub fn record(rec: &mut Recorder<'_>, smooth: Smooth, guide: &Plane<Coded>, frame: Size) -> Self {
        let state = rec.storage("noise", 8);
        if smooth == Smooth::Off {
            let change = rec.plane("change", Size::new(1, 1));
            return Self { change, state, history: rec.storage("history", 8) };
        }
        let last = rec.storage("last luma", 4 * guide.size.area() as u64);
        let change = change(rec, guide, &last);
        noise(rec, guide, &last, &state);
        Self { change, state, history: rec.storage("history", 4 * frame.area() as u64) }
    }
}

/// Alpha at the frame's size from the guided solve's lines, steadied by the memory of the frame before.
pub fn alpha(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    lines: &Plane<Coefficients>,
    memory: &Memory,
    smooth: Smooth,
) -> Alpha {
    let words = words(rec, frame.size);
    let steady = (smooth == Smooth::Auto).into();
    let params = Params { coding: frame.coding, frame: frame.size.into(), steady, padding: 0 };
    let params = rec.uniform(SHADER.name, params);
    let Memory { change, state, history } = memory;
    rec.dispatch(
        &SHADER,
        &[&frame.words, lines, change, state, history, &words, &params],
        Over::Strips { frame: frame.size, seen: lines.size },
    );
    Alpha { words, size: frame.size }
}

/// A buffer for two 16-bit values a YUYV word.
pub(super) fn words(rec: &Recorder<'_>, size: Size) -> Storage {
    rec.storage("alpha", size.yuyv_bytes() as u64)
}
