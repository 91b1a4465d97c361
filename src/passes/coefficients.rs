use crate::{
    gpu::{Coded, Coefficients, Over, Person, Plane, Recorder, Shader},
    shader,
};

pub(super) const SHADER: Shader = shader!("coefficients", ["solve"], [16, 4], ());

/// Alpha as a line in the camera's colour, for every texel of the mask.
pub fn coefficients(
    rec: &mut Recorder<'_>,
    guide: &Plane<Coded>,
    mask: &Plane<Person>,
) -> Plane<Coefficients> {
    let lines = rec.plane("coefficients", guide.size);
    rec.dispatch(&SHADER, &[guide, mask, &lines], Over::Each(guide.size));
    lines
}
