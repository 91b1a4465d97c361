use crate::{
    Size,
    gpu::{Extent, Plane, Recorder, Shader, Storage, WeightedRgb},
    shader, uniform,
};

/// vec4s of weights: enough for σ 170 texels, more than any frame needs.
const VEC4S: usize = 256;

uniform! {
    /// The `Kernel` of `lib/gauss.wgsl`.
    Kernel {
        radius: i32,
        vec4s: i32,
        padding: [i32; 2],
        weights: [[f32; 4]; VEC4S],
    }
}

pub(super) const ROWS: Shader = shader!("passes", "blur_rows", ["gauss"], [16, 4], Kernel);
pub(super) const COLUMNS: Shader = shader!("passes", "blur_columns", ["gauss"], [16, 4], Kernel);
pub(super) const SMALL: Shader = shader!("passes", "blur_small", ["gauss"], [16, 8], Kernel);

/// A blurred picture.
#[derive(Clone, Debug)]
pub struct Blurred {
    /// At the size of the sharp picture.
    pub plane: Plane<WeightedRgb>,
    /// At an eighth of that: means of 8×8 texels.
    pub eighth: Plane<WeightedRgb>,
}

/// A Gaussian blur of a weighted picture with `sigma` in texels, cut off at 3 σ; edges clamped.
pub fn blur(rec: &mut Recorder<'_>, sharp: &Plane<WeightedRgb>, sigma: f64) -> Blurred {
    let kernel = kernel(rec, sigma);
    let across: Plane<WeightedRgb> = rec.plane("blurred", sharp.size);
    rec.dispatch(&ROWS, &[sharp, &across, &kernel], Extent::Blocks(sharp.size, [8, 1]));
    let eighth = Size::new(sharp.size.width.div_ceil(8), sharp.size.height.div_ceil(8));
    let blurred = Blurred { plane: rec.plane("blurred", sharp.size), eighth: rec.plane("eighth", eighth) };
    let bindings: [&dyn crate::gpu::Bind; 4] = [&across, &blurred.plane, &blurred.eighth, &kernel];
    rec.dispatch(&COLUMNS, &bindings, Extent::Blocks(sharp.size, [1, 8]));
    blurred
}

/// A Gaussian blur of a small picture with σ 3 texels, in one dispatch.
pub fn blur_small(rec: &mut Recorder<'_>, sharp: &Plane<WeightedRgb>) -> Plane<WeightedRgb> {
    let kernel = kernel(rec, 3.0);
    let plane = rec.plane("blurred", sharp.size);
    rec.dispatch(&SMALL, &[sharp, &plane, &kernel], Extent::Blocks(sharp.size, [1, 2]));
    plane
}

/// The weights of a Gaussian, cut off at 3 σ on either side; their sum is 1.
pub(super) fn gaussian(sigma: f64) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    let weight = |i: i32| if i == 0 { 1.0 } else { (-f64::from(i * i) / (2.0 * sigma * sigma)).exp() };
    let total: f64 = (-radius..=radius).map(weight).sum();
    (-radius..=radius).map(|i| (weight(i) / total) as f32).collect()
}

/// The weights as the shaders read them.
fn kernel(rec: &Recorder<'_>, sigma: f64) -> Storage {
    let taps = gaussian(sigma);
    let radius = taps.len() as i32 / 2;
    let mut weights = [[0.0; 4]; VEC4S];
    weights.as_flattened_mut()[..taps.len()].copy_from_slice(&taps);
    let vec4s = (2 * radius + 11) / 4;
    rec.uniform(ROWS.name, Kernel { radius, vec4s, padding: [0; 2], weights })
}
