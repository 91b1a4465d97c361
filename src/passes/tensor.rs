use crate::{
    gpu::{Four, Over, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("tensor", [], [16, 4], ());

/// The model's input as burn takes it: f32 `[1, h, w, 3]`.
pub fn tensor(rec: &mut Recorder<'_>, input: &Plane<Four>, tensor: &Storage) {
    rec.dispatch(&SHADER, &[input, tensor], Over::Each(input.size));
}
