use super::{
    Statistics,
    statistics::{Windows, over_tiles},
};
use crate::{
    gpu::{Bind, Coded, Person, Plane, Recorder},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        top: f32,
        spread: u32,
    }
}

pub(super) const SHADER: Windows = Windows {
    written_out: shader!("passes", "solve", ["solve", "tiles", "window"], [16, 2], Params),
    in_loops: shader!("passes", "solve", ["solve", "tiles", "window_in_loops"], [16, 2], Params),
};

/// The mask, drawn to the guide's edges by one guided solve; all at one size. What reaches `top`, 0..1, becomes 1.
pub fn solve(
    rec: &mut Recorder<'_>,
    guide: &Plane<Coded>,
    statistics: &Statistics,
    mask: &Plane<Person>,
    top: f32,
) -> Plane<Person> {
    let solved = rec.plane("solved", guide.size);
    let (over, spread) = over_tiles(rec.gpu(), guide.size, 8);
    let shader = SHADER.of(rec.gpu());
    // Not in the text: both solves share what is compiled of it.
    let params = rec.uniform(shader.name, Params { top, spread });
    let Statistics { eight, ninth, said } = statistics;
    let bindings: [&dyn Bind; 7] = [guide, eight, ninth, mask, &solved, said, &params];
    rec.dispatch(shader, &bindings, over);
    solved
}
