use crate::{
    gpu::{Coded, Coefficients, Over, Person, Plane, Recorder, Shader},
    shader,
};

pub(super) const SHADER: Shader = shader!("coefficients", ["solve"], [16, 4], ());

/// Alpha at mask size as a line in the camera's colour, and what says where it may be steadied.
#[derive(Clone, Debug)]
pub struct Lines {
    /// rgb·R'G'B' + a.
    pub lines: Plane<Coefficients>,
    /// How much luma changed since the last frame, 0..1, mean of 3×3 texels.
    pub change: Plane<Person>,
}

/// The line of every texel of the mask.
pub fn coefficients(rec: &mut Recorder<'_>, guide: &Plane<Coded>, mask: &Plane<Person>) -> Lines {
    let made =
        Lines { lines: rec.plane("coefficients", guide.size), change: rec.plane("change", guide.size) };
    rec.dispatch(&SHADER, &[guide, mask, &made.lines, &made.change], Over::Blocks(guide.size, [1, 4]));
    made
}
