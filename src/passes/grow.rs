use super::frame::{Alpha, alpha_buffer};
use crate::{
    gpu::{Extent, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `grow.wgsl`.
    Params {
        frame: [u32; 2],
        along: [i32; 2],
        reach: i32,
        radius: f32,
        shrink: u32,
        last: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "grow", [], [16, 4], Params);

/// Grows the person by a disc of `radius` pixels, or shrinks them if it is negative.
pub fn grow(rec: &mut Recorder<'_>, alpha: &Alpha, radius: f64) -> Alpha {
    let mut one_way = |values: &Alpha, along: [i32; 2]| {
        let grown = alpha_buffer(rec, alpha.size);
        let params = Params {
            frame: alpha.size.into(),
            along,
            // Farther values do not survive the last step.
            reach: radius.abs().ceil() as i32 + 1,
            radius: radius.abs() as f32,
            shrink: (radius < 0.0).into(),
            last: along[1] as u32,
        };
        let params = rec.uniform(SHADER.name, params);
        rec.dispatch(&SHADER, &[&values.words, &alpha.words, &grown, &params], Extent::Pairs(alpha.size));
        Alpha { words: grown, size: alpha.size }
    };
    let across = one_way(alpha, [1, 0]);
    one_way(&across, [0, 1])
}
