use crate::{
    gpu::{Coded, Over, Plane, Recorder, Shader, Storage},
    model::Reading,
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        scale: f32,
        offset: f32,
    }
}

pub(super) const SHADER: Shader = shader!("expose", [], [16, 4], Params);

/// The small picture times the gain, written into the model's input `tensor`, f32 `[1, h, w, 3]`.
pub fn expose(
    rec: &mut Recorder<'_>,
    small: &Plane<Coded>,
    gain: &Storage,
    reading: &Reading,
    tensor: &Storage,
) {
    let params = rec.uniform(SHADER.name, Params { scale: reading.scale, offset: reading.offset });
    rec.dispatch(&SHADER, &[small, gain, tensor, &params], Over::Each(small.size));
}
