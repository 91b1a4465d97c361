use super::frame::{Alpha, Frame};
use crate::{
    gpu::{Bind, Coding, Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `light_match.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        strength: f32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader =
    shader!("passes", "light_match", ["colour", "gain", "sum_lanes"], [256, 1], Params);

/// Moves `light` to that of `picture`, for the person of the frame; `strength` 0..1. `seconds` holds the f32 time since
/// the frame before.
pub fn light_match(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    picture: &Frame,
    strength: f64,
    seconds: &Storage,
    light: &Storage,
) {
    let params =
        Params { coding: frame.coding, frame: frame.size.into(), strength: strength as f32, padding: 0 };
    let params = rec.uniform(SHADER.name, params);
    let bindings: [&dyn Bind; 6] = [&frame.words, &alpha.words, &picture.words, seconds, light, &params];
    rec.dispatch(&SHADER, &bindings, Extent::Once);
}
