use crate::{
    Size,
    gpu::{Extent, Plane, Recorder, Shader, Sums, WeightedRgb},
    shader, uniform,
};

uniform! {
    /// The `Params` of `prefix.wgsl`.
    Params {
        margin: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "prefix", [], [64, 1], Params);

/// Running sums along the rows of a weighted picture, in linear light, from `margin` texels before the left
/// edge to as many
/// behind the right one: `width + 2 margin + 1` sums a row. Edges are clamped.
pub fn prefix(rec: &mut Recorder<'_>, picture: &Plane<WeightedRgb>, margin: u32) -> Plane<Sums> {
    let Size { width, height } = picture.size;
    let sums = rec.plane("sums", Size::new(width + 2 * margin + 1, height));
    let params = rec.uniform(SHADER.name, Params { margin });
    rec.dispatch(&SHADER, &[picture, &sums, &params], Extent::Each(Size::new(SHADER.workgroup[0], height)));
    sums
}
