use super::Statistics;
use crate::{
    gpu::{Bind, Coded, Over, Person, Plane, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        top: f32,
    }
}

pub(super) const SHADER: Shader = shader!("solve", ["solve", "window"], [16, 2], Params);

/// The mask, drawn to the guide's edges by one guided solve; all at one size. What reaches `top`, 0..1, becomes 1.
pub fn solve(
    rec: &mut Recorder<'_>,
    guide: &Plane<Coded>,
    statistics: &Statistics,
    mask: &Plane<Person>,
    top: f32,
) -> Plane<Person> {
    let solved = rec.plane("solved", guide.size);
    let params = rec.uniform(SHADER.name, Params { top });
    let Statistics { eight, ninth } = statistics;
    let bindings: [&dyn Bind; 6] = [guide, eight, ninth, mask, &solved, &params];
    rec.dispatch(&SHADER, &bindings, Over::Blocks(guide.size, [1, 8]));
    solved
}
