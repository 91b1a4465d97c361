use crate::{
    gpu::{Coded, Over, Person, Plane, Recorder, Shader, Storage},
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
    statistics: &Storage,
    mask: &Plane<Person>,
    top: f32,
) -> Plane<Person> {
    let solved = rec.plane("solved", guide.size);
    let params = rec.uniform(SHADER.name, Params { top });
    rec.dispatch(&SHADER, &[guide, statistics, mask, &solved, &params], Over::Blocks(guide.size, [1, 8]));
    solved
}
