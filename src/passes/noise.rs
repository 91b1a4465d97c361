use crate::{
    gpu::{Coded, Over, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("noise", ["sum"], [256, 1], ());

/// Learns the camera's noise into `state` (noise, frames seen) and keeps the guide's luma as the `last` frame's.
pub fn noise(rec: &mut Recorder<'_>, guide: &Plane<Coded>, last: &Storage, state: &Storage) {
    rec.dispatch(&SHADER, &[guide, last, state], Over::Once);
}
