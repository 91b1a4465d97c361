use super::frame::Frame;
use crate::{
    Size,
    gpu::{Bind, Extent, Gpu, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `denoise.wgsl`.
    Params {
        words: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "denoise", ["colour", "history"], [32, 1], Params);

/// Words for each thread, one below the other.
const ROWS: u32 = 8;

/// What denoising keeps from frame to frame.
#[derive(Clone, Debug)]
pub struct DenoiseState {
    /// `denoise`: the denoised frames, in two halves that take turns; `lib/history.wgsl`.
    pub history: Storage,
    /// `grain`: the noise at each eighth of the luma codes, four f32 each.
    pub grain: Storage,
}

impl DenoiseState {
    /// Remembers nothing yet, for frames of this size.
    pub fn new(gpu: &Gpu, size: Size) -> Self {
        let history = Storage::new(gpu, "denoised history", Self::history_bytes(size));
        Self { history, grain: Storage::new(gpu, "grain", 8 * 16) }
    }

    /// Size of the history in bytes: two frames of 16 bits for each 8 of the picture.
    pub fn history_bytes(size: Size) -> u64 {
        4 * size.yuyv_bytes() as u64
    }
}

/// The frame without its noise, by `state`'s history and noise ([`super::grain()`]), which it carries on. `clock` holds
/// the f32 seconds since the last frame, and the half of the history that holds that frame.
pub fn denoise(rec: &mut Recorder<'_>, frame: &Frame, clock: &Storage, state: &DenoiseState) -> Frame {
    let clean = rec.storage("clean", frame.words.bytes);
    let Size { width, height } = frame.size;
    let params = rec.uniform(SHADER.name, Params { words: [width / 2, height] });
    let bindings: [&dyn Bind; 6] = [&frame.words, &state.history, &state.grain, clock, &clean, &params];
    rec.dispatch(&SHADER, &bindings, Extent::Each(Size::new(width / 2, height.div_ceil(ROWS))));
    frame.with(clean)
}
