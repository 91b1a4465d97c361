use crate::{
    gpu::{Coded, Over, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("statistics", ["solve", "window"], [16, 2], ());

/// Mean and inverse covariance of the guide in every 11×11 window: nine f32 a texel, of which eight lie together.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Mean r, g, b; inverse covariance rr, gg, bb, rg, rb.
    pub eight: Storage,
    /// gb.
    pub ninth: Storage,
}

/// Makes them.
pub fn statistics(rec: &mut Recorder<'_>, guide: &Plane<Coded>) -> Statistics {
    let texels = guide.size.area() as u64;
    let (eight, ninth) = (rec.storage("statistics", 32 * texels), rec.storage("statistics", 4 * texels));
    rec.dispatch(&SHADER, &[guide, &eight, &ninth], Over::Blocks(guide.size, [1, 8]));
    Statistics { eight, ninth }
}
