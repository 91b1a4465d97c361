use super::{Blurred, prefix};
use crate::{
    Size,
    gpu::{Over, Plane, Recorder, Shader, Soft},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        size: [u32; 2],
        radius: f32,
        padding: f32,
    }
}

pub(super) const SHADER: Shader = shader!("disc", [], [8, 8], Params);

/// A blur of a weighted picture by a disc, in linear light; the radius in its texels, edges clamped.
pub fn disc(rec: &mut Recorder<'_>, sharp: &Plane<Soft>, radius: f64) -> Blurred {
    let sums = prefix(rec, sharp);
    let eighth = Size::new(sharp.size.width.div_ceil(8), sharp.size.height.div_ceil(8));
    let blurred = Blurred { soft: rec.plane("disc", sharp.size), eighth: rec.plane("eighth", eighth) };
    let params = Params { size: sharp.size.into(), radius: radius as f32, padding: 0.0 };
    let params = rec.uniform(SHADER.name, params);
    rec.dispatch(&SHADER, &[&sums, &blurred.soft, &blurred.eighth, &params], Over::Each(sharp.size));
    blurred
}
