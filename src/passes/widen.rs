use crate::{
    Size,
    gpu::{Over, Plane, Recorder, Shader, Soft},
    shader,
};

pub(super) const SHADER: Shader = shader!("widen", [], [16, 4], ());

/// A weighted picture at an eighth of its size: a 32nd of the frame's, when it is a quarter of it.
pub fn widen(rec: &mut Recorder<'_>, fine: &Plane<Soft>) -> Plane<Soft> {
    let size = Size::new(fine.size.width.div_ceil(8), fine.size.height.div_ceil(8));
    let coarse = rec.plane("wide", size);
    rec.dispatch(&SHADER, &[fine, &coarse], Over::Each(size));
    coarse
}
