use crate::{
    gpu::{Coded, Over, Person, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("solve", ["solve", "window"], [16, 4], ());

/// The mask, drawn to the guide's edges by one guided solve; all at one size.
pub fn solve(
    rec: &mut Recorder<'_>,
    guide: &Plane<Coded>,
    statistics: &Storage,
    mask: &Plane<Person>,
) -> Plane<Person> {
    let solved = rec.plane("solved", guide.size);
    rec.dispatch(&SHADER, &[guide, statistics, mask, &solved], Over::Blocks(guide.size, [1, 4]));
    solved
}
