use super::{
    state::{State, TILE},
    strips::{columns_per_strip, interleave},
};
use crate::{
    Size,
    gpu::{Bind, Extent, Gpu, Mask, Plane, Recorder, Rgb, Shader, Storage},
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
    unrolled: shader!("passes", "statistics", ["solve", "tiles", "box_sum_unrolled"], [16, 2], Params),
    rolled: shader!("passes", "statistics", ["solve", "tiles", "box_sum_rolled"], [16, 2], Params),
};

/// A shader that sums over windows of 11×11 texels, in two forms: unrolled, its reads are fast; rolled, it
/// compiles in a fifth of the time on drivers that compile reads slowly (llvmpipe idiom 13).
#[derive(Clone, Copy, Debug)]
pub(super) struct BoxSums {
    pub unrolled: Shader,
    pub rolled: Shader,
}

impl BoxSums {
    /// The form for this GPU.
    pub(super) fn for_gpu(&self, gpu: &Gpu) -> &Shader {
        if gpu.tuning().passes.unroll_windows { &self.unrolled } else { &self.rolled }
    }
}

/// The extent of a dispatch over the tiles of a mask, whose threads take `texels` texels of a column, and the
/// [`interleave`] of its rows. A workgroup takes eight tiles of a row, of which it skips what it can; on a
/// GPU, which would have too few workgroups then, one.
pub(super) fn over_tiles(gpu: &Gpu, size: Size, texels: u32) -> (Extent, u32) {
    let tiles = gpu.tuning().passes.tiles;
    (Extent::Blocks(size, [tiles, texels]), interleave(gpu, size.height.div_ceil(TILE)))
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
    let (over, interleave) = over_tiles(rec.gpu(), guide.size, 8);
    // Two windows of 11, one of 3, and the columns of a strip that samples the tile's last texel.
    let reach = 5 + 5 + 1 + columns_per_strip(frame, guide.size) - 1;
    rec.dispatch_with(SHADER.for_gpu(rec.gpu()), &Params { interleave, reach }, &bindings, over);
    statistics
}
