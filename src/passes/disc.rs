use super::{blur::Blurred, prefix::prefix};
use crate::{
    Size,
    gpu::{Bind, Extent, Plane, Recorder, Shader, WeightedRgb},
    shader, uniform,
};

uniform! {
    /// The `Params` of `disc.wgsl`.
    Params {
        size: [i32; 2],
        radius: f32,
        margin: i32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "disc", [], [8, 8], Params);

/// A blur of a weighted picture by a disc, in linear light; `radius` in texels, edges clamped.
pub fn disc(rec: &mut Recorder<'_>, sharp: &Plane<WeightedRgb>, radius: f64) -> Blurred {
    // A span ends within the radius of its texel. A thread's last texel is three farther, and a cut needs the
    // next sum.
    let margin = radius.ceil() as u32 + 4;
    let sums = prefix(rec, sharp, margin);
    let eighth = Size::new(sharp.size.width.div_ceil(8), sharp.size.height.div_ceil(8));
    let blurred = Blurred { plane: rec.plane("disc", sharp.size), eighth: rec.plane("eighth", eighth) };
    let size = [sharp.size.width as i32, sharp.size.height as i32];
    let params = Params { size, radius: radius as f32, margin: margin as i32 };
    let bindings: [&dyn Bind; 3] = [&sums, &blurred.plane, &blurred.eighth];
    rec.dispatch_with(&SHADER, &params, &bindings, Extent::Blocks(sharp.size, [4, 1]));
    blurred
}
