use super::{Frame, Guide};
use crate::{
    gpu::{Bind, Coding, Coefficients, Over, Person, Plane, Recorder, Shader, Trust},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
    }
}

pub(super) const SHADER: Shader = shader!("coefficients", ["colour", "solve"], [16, 4], Params);

/// Alpha at mask size as a line in the camera's codes, and what says where it may be steadied.
#[derive(Clone, Debug)]
pub struct Lines {
    /// r Y' + g Cb + b Cr + a, of sixteen times the codes.
    pub lines: Plane<Coefficients>,
    /// 1 / what noise may do to alpha, and how still it is, 0..1.
    pub trust: Plane<Trust>,
}

/// The line of every texel of the mask, in the codes of `frame`.
pub fn coefficients(rec: &mut Recorder<'_>, frame: &Frame, guide: &Guide, mask: &Plane<Person>) -> Lines {
    let size = guide.plane.size;
    let made = Lines { lines: rec.plane("lines", size), trust: rec.plane("trust", size) };
    let bindings: [&dyn Bind; 5] = [&guide.plane, mask, &guide.noise, &made.lines, &made.trust];
    rec.dispatch_with(&SHADER, &Params { coding: frame.coding }, &bindings, Over::Blocks(size, [1, 4]));
    made
}
