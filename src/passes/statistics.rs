use crate::{
    gpu::{Coded, Over, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("statistics", ["solve", "window"], [16, 2], ());

/// Mean and inverse covariance of the guide in every 11×11 window: three vec4 of f32 a texel.
pub fn statistics(rec: &mut Recorder<'_>, guide: &Plane<Coded>) -> Storage {
    let statistics = rec.storage("statistics", 48 * guide.size.area() as u64);
    rec.dispatch(&SHADER, &[guide, &statistics], Over::Blocks(guide.size, [1, 8]));
    statistics
}
