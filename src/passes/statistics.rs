use super::spread;
use crate::{
    gpu::{Bind, Coded, Gpu, Over, Person, Plane, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        spread: u32,
    }
}

pub(super) const SHADER: Windows = Windows {
    written_out: shader!("statistics", ["solve", "tiles", "window"], [16, 2], Params),
    in_loops: shader!("statistics", ["solve", "tiles", "window_in_loops"], [16, 2], Params),
};

/// A shader over windows of 11×11 texels. Written out, its reads are fast; in loops they compile in a fifth of the time
/// where a driver takes long for each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    pub written_out: Shader,
    pub in_loops: Shader,
}

impl Windows {
    /// What runs over a guide: a workgroup for each tile of it, or for eight in a row, of which it leaves out what it
    /// can, as a GPU would have too few workgroups then. And the number of rows of workgroups.
    pub(super) fn over(&self, gpu: &Gpu, guide: &Plane<Coded>) -> (&Shader, Over, u32) {
        let shader = if gpu.compiles_reads_slowly() { &self.in_loops } else { &self.written_out };
        let over = Over::Blocks(guide.size, if gpu.is_software() { [8, 8] } else { [1, 8] });
        (shader, over, guide.size.height.div_ceil(TILE))
    }
}

/// Mean and inverse covariance of the guide in every 11×11 window: nine f32 a texel, of which eight lie together.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Mean r, g, b; inverse covariance rr, gg, bb, rg, rb.
    pub eight: Storage,
    /// gb.
    pub ninth: Storage,
    /// For each tile of 16×16 texels, row by row: whether the model is sure of all that two solves see there
    /// (`lib/tiles.wgsl`). Of such tiles nothing else is known.
    pub said: Storage,
}

/// Makes them, for solves of `mask`.
pub fn statistics(rec: &mut Recorder<'_>, guide: &Plane<Coded>, mask: &Plane<Person>) -> Statistics {
    let texels = guide.size.area() as u64;
    let tiles = u64::from(guide.size.width.div_ceil(TILE) * guide.size.height.div_ceil(TILE));
    let statistics = Statistics {
        eight: rec.storage("statistics", 32 * texels),
        ninth: rec.storage("statistics", 4 * texels),
        said: rec.storage("said", 4 * tiles),
    };
    let Statistics { eight, ninth, said } = &statistics;
    let bindings: [&dyn Bind; 5] = [guide, eight, ninth, mask, said];
    let (shader, over, rows) = SHADER.over(rec.gpu(), guide);
    rec.dispatch_with(shader, &Params { spread: spread(rec.gpu(), rows) }, &bindings, over);
    statistics
}

/// Texels along a side of a tile.
const TILE: u32 = 16;
