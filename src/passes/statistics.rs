use super::{
    state::{State, TILE},
    strips::{columns_per_strip, interleave},
};
use crate::{
    Size,
    gpu::{Bind, Extent, Gpu, Mask, Plane, Recorder, Rgb, Shader, Storage, tuning::PassTuning},
    shader, uniform,
};

uniform! {
    /// The `Params` of `statistics.wgsl`.
    Params {
        interleave: u32,
        reach: u32,
    }
}

pub(super) const SHADER: BoxSums = BoxSums {
    single: shader!("passes", "statistics", ["solve", "tile", "box_sum"], [16, 8], Params),
    unrolled: shader!("passes", "statistics", ["solve", "tiles", "box_sum_unrolled"], [16, 2], Params),
    rolled: shader!("passes", "statistics", ["solve", "tiles", "box_sum_rolled"], [16, 2], Params),
};

/// A shader that sums over windows of 11×11 texels, in three forms: for a GPU, with a tile for each workgroup;
/// and for a CPU, unrolled, where reads are fast, and rolled, which compiles in a fifth of the time on drivers
/// that compile reads slowly (llvmpipe idiom 13).
#[derive(Clone, Copy, Debug)]
pub(super) struct BoxSums {
    pub single: Shader,
    pub unrolled: Shader,
    pub rolled: Shader,
}

impl BoxSums {
    /// The form for this GPU.
    pub(super) fn for_gpu(&self, gpu: &Gpu) -> &Shader {
        match gpu.tuning().passes {
            PassTuning { tiles: 1, .. } => &self.single,
            PassTuning { unroll_windows: true, .. } => &self.unrolled,
            _ => &self.rolled,
        }
    }
}

/// The extent of a dispatch of `shader` over the tiles of a mask, and the [`interleave`] of its rows. A
/// workgroup takes eight tiles of a row, of which it skips what it can; on a GPU, which would have too few
/// workgroups then, one.
pub(super) fn over_tiles(gpu: &Gpu, shader: &Shader, size: Size) -> (Extent, u32) {
    let tiles = gpu.tuning().passes.tiles;
    let [x, y] = shader.workgroup.map(|threads| TILE / threads);
    (Extent::Blocks(size, [x * tiles, y]), interleave(gpu, size.height.div_ceil(TILE)))
}

/// Mean and inverse covariance of the guide in every 11×11 window, nine f32 a texel in two buffers. Saturated
/// tiles have none.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Mean r, g, b; inverse covariance rr, gg, bb, rg, rb.
    pub eight: Storage,
    /// Inverse covariance gb.
    pub ninth: Storage,
}

/// Computes them for solves of `mask` whose alpha has the size `frame`, and marks the saturated tiles in
/// `state`.
pub fn statistics(
    rec: &mut Recorder<'_>,
    guide: &Plane<Rgb>,
    mask: &Plane<Mask>,
    frame: Size,
    state: &State,
) -> Statistics {
    let texels = guide.size.area() as u64;
    let statistics = Statistics {
        eight: rec.storage("statistics", 32 * texels),
        ninth: rec.storage("statistics", 4 * texels),
    };
    let Statistics { eight, ninth } = &statistics;
    let bindings: [&dyn Bind; 5] = [guide, eight, ninth, mask, &state.tile_state];
    let shader = SHADER.for_gpu(rec.gpu());
    let (over, interleave) = over_tiles(rec.gpu(), shader, guide.size);
    // Two windows of 11, one of 3, and the columns of a strip that samples the tile's last texel.
    let reach = 5 + 5 + 1 + columns_per_strip(frame, guide.size) - 1;
    rec.dispatch_with(shader, &Params { interleave, reach }, &bindings, over);
    statistics
}
