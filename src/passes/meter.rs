use crate::{
    gpu::{Coded, Over, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("meter", ["sum"], [256, 1], ());

/// The exposure gain for the model, 1..4, from this very frame's mean luma: one f32.
pub fn meter(rec: &mut Recorder<'_>, guide: &Plane<Coded>) -> Storage {
    let gain = rec.storage("gain", 4);
    rec.dispatch(&SHADER, &[guide, &gain], Over::Once);
    gain
}
