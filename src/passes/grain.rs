use super::{denoise::DenoiseState, frame::Frame};
use crate::{
    gpu::{Bind, Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `grain.wgsl`.
    Params {
        words: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "grain", ["colour", "history"], [256, 1], Params);

/// Learns how noisy the camera is at each brightness, from the frame and its history in `state`.
pub fn grain(rec: &mut Recorder<'_>, frame: &Frame, clock: &Storage, state: &DenoiseState) {
    let params = rec.uniform(SHADER.name, Params { words: [frame.size.width / 2, frame.size.height] });
    let bindings: [&dyn Bind; 5] = [&frame.words, &state.history, clock, &state.grain, &params];
    rec.dispatch(&SHADER, &bindings, Extent::Once);
}
