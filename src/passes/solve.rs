use super::statistics::{BoxSums, Statistics, over_tiles};
use crate::{
    gpu::{Bind, Mask, Plane, Recorder, Rgb},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        top: f32,
        interleave: u32,
    }
}

pub(super) const SHADER: BoxSums = BoxSums {
    unrolled: shader!("passes", "solve", ["solve", "tiles", "box_sum_unrolled"], [16, 2], Params),
    rolled: shader!("passes", "solve", ["solve", "tiles", "box_sum_rolled"], [16, 2], Params),
};

/// The mask, drawn to the guide's edges by one guided solve; all at one size. What reaches `top`, 0..1, becomes 1.
pub fn solve(
    rec: &mut Recorder<'_>,
    guide: &Plane<Rgb>,
    statistics: &Statistics,
    mask: &Plane<Mask>,
    top: f32,
) -> Plane<Mask> {
    let solved = rec.plane("solved", guide.size);
    let (over, interleave) = over_tiles(rec.gpu(), guide.size, 8);
    let shader = SHADER.for_gpu(rec.gpu());
    // Not in the text: both solves share what is compiled of it.
    let params = rec.uniform(shader.name, Params { top, interleave });
    let Statistics { eight, ninth, tile_state } = statistics;
    let bindings: [&dyn Bind; 7] = [guide, eight, ninth, mask, &solved, tile_state, &params];
    rec.dispatch(shader, &bindings, over);
    solved
}
