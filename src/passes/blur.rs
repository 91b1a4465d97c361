use crate::{
    gpu::{Over, Plane, Recorder, Shader, Soft},
    shader, uniform,
};

uniform! {
    /// See the shader.
    Params {
        along: [i32; 2],
        radius: i32,
        padding: i32,
    }
}

pub(super) const SHADER: Shader = shader!("blur", [], [16, 4], Params);

/// A Gaussian blur of a weighted picture, σ in its texels, out to 3 σ; edges clamped.
pub fn blur(rec: &mut Recorder<'_>, sharp: &Plane<Soft>, sigma: f64) -> Plane<Soft> {
    let half = half_kernel(sigma);
    let radius = half.len() as i32 - 1;
    let kernel = rec.constants("kernel", &half);
    let one_way = |rec: &mut Recorder<'_>, from: &Plane<Soft>, along: [i32; 2]| {
        let to = rec.plane("blurred", from.size);
        let params = rec.uniform(SHADER.name, Params { along, radius, padding: 0 });
        rec.dispatch(
            &SHADER,
            &[from, &kernel, &to, &params],
            Over::Blocks(from.size, along.map(|v| 1 + 3 * v as u32)),
        );
        to
    };
    let across = one_way(rec, sharp, [1, 0]);
    one_way(rec, &across, [0, 1])
}

/// Weights of the texel itself and of those 1, 2, … away; the whole kernel sums to 1.
fn half_kernel(sigma: f64) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as i32;
    let weight = |i: i32| if i == 0 { 1.0 } else { (-f64::from(i * i) / (2.0 * sigma * sigma)).exp() };
    let total: f64 = (-radius..=radius).map(weight).sum();
    (0..=radius).map(|i| (weight(i) / total) as f32).collect()
}
