use crate::{
    gpu::{Extent, Plane, Recorder, Rgb, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("passes", "tensor", ["exposed"], [16, 4], ());

/// Writes the model's input as burn takes it, f32 `[1, h, w, 3]`: the small picture with the exposure of
/// [`super::expose()`].
pub fn tensor(rec: &mut Recorder<'_>, small: &Plane<Rgb>, exposure: &Storage, tensor: &Storage) {
    rec.dispatch(&SHADER, &[small, exposure, tensor], Extent::Each(small.size));
}
