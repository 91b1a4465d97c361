use crate::{
    gpu::{Extent, Plane, Recorder, Rgb, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("passes", "tensor", ["exposed"], [16, 4], ());

/// The model's input as burn takes it, f32 `[1, h, w, 3]`: a small picture, exposed as [`super::expose`] says.
pub fn tensor(rec: &mut Recorder<'_>, small: &Plane<Rgb>, exposure: &Storage, tensor: &Storage) {
    rec.dispatch(&SHADER, &[small, exposure, tensor], Extent::Each(small.size));
}
