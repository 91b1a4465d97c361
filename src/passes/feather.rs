use super::{
    blur::gaussian,
    frame::{Alpha, alpha_buffer},
};
use crate::{
    gpu::{Extent, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `feather.wgsl`.
    Params {
        frame: [u32; 2],
        along: [i32; 2],
        radius: i32,
        padding: i32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "feather", [], [16, 4], Params);

/// Alpha through a Gaussian blur with `sigma` in pixels, cut off at 3 σ.
pub fn feather(rec: &mut Recorder<'_>, alpha: &Alpha, sigma: f64) -> Alpha {
    let taps = gaussian(sigma);
    let kernel = rec.constants("kernel", &taps);
    let mut one_way = |from: &Alpha, along: [i32; 2]| {
        let blurred = alpha_buffer(rec, from.size);
        let radius = taps.len() as i32 / 2;
        let params = Params { frame: from.size.into(), along, radius, padding: 0 };
        let params = rec.uniform(SHADER.name, params);
        rec.dispatch(&SHADER, &[&from.words, &kernel, &blurred, &params], Extent::Pairs(from.size));
        Alpha { words: blurred, size: from.size }
    };
    let across = one_way(alpha, [1, 0]);
    one_way(&across, [0, 1])
}
