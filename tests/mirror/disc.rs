//! The background through a wide open lens: a blur by a disc, in linear light.
//!
//! The mean over the disc |(dx, dy)| ≤ R of w·l over that of w, where l(c) = c²/(1.1 − c²). The disc consists
//! of the rows whose centres it covers; along a row it is cut exactly, with texels as squares of one value.
//! Edges are clamped.

use std::array;

use super::{
    backdrop::{frame_sigma, normalise, weigh, widen},
    plane::{Mask, Plane, Rgb, Weighted},
    store::f16,
};

/// Linear light of a gamma-coded colour.
pub fn light(c: f64) -> f64 {
    c * c / (1.1 - c * c)
}

/// Gamma-coded colour of a linear light.
pub fn colour(l: f64) -> f64 {
    (1.1 * l / (1.0 + l)).sqrt()
}

/// w·l and w.
pub fn bright([r, g, b, w]: [f64; 4]) -> [f64; 4] {
    let l = |v: f64| if w > 0.0 { w * light((v / w).clamp(0.0, 1.0)) } else { 0.0 };
    [l(r), l(g), l(b), w]
}

/// The length of texel `i` between `from` and `to`.
fn part(i: isize, from: f64, to: f64) -> f64 {
    (to.min(i as f64 + 1.0) - from.max(i as f64)).max(0.0)
}

/// A weighted picture blurred by a disc of `radius` texels; stored.
pub fn disc(picture: &Weighted, radius: f64) -> Weighted {
    let lit = picture.map(bright);
    let reach = radius.floor() as isize;
    Plane::from_fn(picture.width, picture.height, |x, y| {
        let (mut sum, mut area) = ([0.0; 4], 0.0);
        for dy in -reach..=reach {
            let half = (radius * radius - (dy * dy) as f64).max(0.0).sqrt();
            let (from, to) = (x as f64 + 0.5 - half, x as f64 + 0.5 + half);
            for i in from.floor() as isize..=to.floor() as isize {
                let (v, length) = (lit.clamped(i, y as isize + dy), part(i, from, to));
                sum = array::from_fn(|n| sum[n] + length * v[n]);
            }
            area += 2.0 * half;
        }
        let w = sum[3] / area;
        let coded = |n: usize| if w > 0.0 { w * colour(sum[n] / sum[3]) } else { 0.0 };
        [coded(0), coded(1), coded(2), w].map(f16)
    })
}

/// The background blurred by a disc as wide as the Gaussian of `strength`: R = 2σ, since the disc's variance
/// is σ² = R²/4; and the pixels along a side of its texels.
pub fn bokeh(frame: &Rgb, alpha: &Mask, strength: f64) -> (Rgb, usize) {
    let side = if frame.height < 1440 { 4 } else { 8 };
    let small = disc(
        &weigh(frame, alpha, side),
        2.0 * frame_sigma(strength, [frame.width, frame.height]) / side as f64,
    );
    (normalise(&small, &widen(&small)), side)
}
