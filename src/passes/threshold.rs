use super::frame::{Alpha, alpha_buffer};
use crate::{
    gpu::{Extent, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `threshold.wgsl`.
    Params {
        words: [u32; 2],
        low: f32,
        high: f32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "threshold", [], [16, 4], Params);

/// Maps alpha to 0 up to `low`, to 1 from `high` on, and smoothly between.
pub fn threshold(rec: &mut Recorder<'_>, alpha: &Alpha, (low, high): (f64, f64)) -> Alpha {
    let covered = alpha_buffer(rec, alpha.size);
    let [width, height] = alpha.size.into();
    let params = Params { words: [width / 2, height], low: low as f32, high: high as f32 };
    let params = rec.uniform(SHADER.name, params);
    rec.dispatch(&SHADER, &[&alpha.words, &covered, &params], Extent::Pairs(alpha.size));
    Alpha { words: covered, size: alpha.size }
}
