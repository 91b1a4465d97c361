use super::frame::{Alpha, alpha_buffer};
use crate::{
    Size,
    gpu::{Extent, Mask, Plane, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `plain.wgsl`.
    Params {
        frame: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "plain", ["sample"], [16, 4], Params);

/// Alpha at the frame's size without refinement: the probability 0..1, bilinear.
pub fn plain(rec: &mut Recorder<'_>, probability: &Plane<Mask>, size: Size) -> Alpha {
    let words = alpha_buffer(rec, size);
    let params = rec.uniform(SHADER.name, Params { frame: size.into() });
    rec.dispatch(&SHADER, &[probability, &words, &params], Extent::Pairs(size));
    Alpha { words, size }
}
