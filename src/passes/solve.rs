use super::{
    state::State,
    statistics::{BoxSums, Statistics, over_tiles},
};
use crate::{
    gpu::{Bind, Mask, Plane, Recorder, Rgb},
    shader, uniform,
};

uniform! {
    /// The `Params` of `solve.wgsl`.
    Params {
        top: f32,
        interleave: u32,
    }
}

pub(super) const SHADER: BoxSums = BoxSums {
    single: shader!("passes", "solve", ["solve", "tile", "box_sum"], [16, 8], Params),
    unrolled: shader!("passes", "solve", ["solve", "tiles", "box_sum_unrolled"], [16, 2], Params),
    rolled: shader!("passes", "solve", ["solve", "tiles", "box_sum_rolled"], [16, 2], Params),
};

/// One guided solve: makes the mask follow the guide's edges, into `solved`, which is one of `state`'s; all
/// planes have one size. Values from `top` (0..1) on become 1.
pub fn solve(
    rec: &mut Recorder<'_>,
    guide: &Plane<Rgb>,
    statistics: &Statistics,
    mask: &Plane<Mask>,
    top: f32,
    solved: &Plane<Mask>,
    state: &State,
) {
    let shader = SHADER.for_gpu(rec.gpu());
    let (over, interleave) = over_tiles(rec.gpu(), shader, guide.size);
    // Not as constants of the text: both solves share one pipeline.
    let params = rec.uniform(shader.name, Params { top, interleave });
    let Statistics { eight, ninth } = statistics;
    let bindings: [&dyn Bind; 7] = [guide, eight, ninth, mask, solved, &state.tile_state, &params];
    rec.dispatch(shader, &bindings, over);
}
