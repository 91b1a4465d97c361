use super::frame::{Alpha, alpha_buffer};
use crate::{
    Size,
    gpu::{Extent, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `shrink.wgsl`.
    Params {
        frame: [u32; 2],
        small: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "shrink", [], [16, 4], Params);

/// Alpha at `size`, which is no larger than it is now: the mean over the area of each pixel.
pub fn shrink(rec: &mut Recorder<'_>, alpha: &Alpha, size: Size) -> Alpha {
    let words = alpha_buffer(rec, size);
    let params = rec.uniform(SHADER.name, Params { frame: alpha.size.into(), small: size.into() });
    rec.dispatch(&SHADER, &[&alpha.words, &words, &params], Extent::Pairs(size));
    Alpha { words, size }
}
