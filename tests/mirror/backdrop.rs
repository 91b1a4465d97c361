//! The room without the person, blurred: PICTURE step 9.
//!
//! A normalised convolution (Knutsson and Westin 1993): Gaussian of w·I over Gaussian of w, w = (1 − alpha)⁴, at a
//! small of the frame, an eighth from 1440 rows on; where no room is in reach, the same once more at an eighth of that. Stored planes are f16.

use std::array;

use super::{
    plane::{Mask, Plane, Rgb, Weighted},
    store::f16,
};

/// Mean over `side`² blocks; a block over the right or bottom edge averages the pixels that exist.
pub fn block_mean<const N: usize>(plane: &Plane<N>, side: usize) -> Plane<N> {
    Plane::from_fn(plane.width.div_ceil(side), plane.height.div_ceil(side), |x, y| {
        let (mut sum, mut count) = ([0.0; N], 0.0);
        for j in y * side..((y + 1) * side).min(plane.height) {
            for i in x * side..((x + 1) * side).min(plane.width) {
                let v = plane.at(i, j);
                sum = array::from_fn(|n| sum[n] + v[n]);
                count += 1.0;
            }
        }
        sum.map(|v| v / count)
    })
}

/// Taps −R..=R of a Gaussian, R = ceil(3σ), that add up to 1; a single 1 for σ = 0.
pub fn gaussian(sigma: f64) -> Vec<f64> {
    let radius = (3.0 * sigma).ceil() as i32;
    if radius == 0 {
        return vec![1.0];
    }
    let taps: Vec<f64> =
        (-radius..=radius).map(|i| (-f64::from(i * i) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|v| v / sum).collect()
}

/// Gaussian along x, stored, then along y, stored.
pub fn blur(plane: &Weighted, sigma: f64) -> Weighted {
    let taps = gaussian(sigma);
    let radius = (taps.len() / 2) as isize;
    let along = |pixel: &dyn Fn(isize) -> [f64; 4]| {
        let mut sum = [0.0; 4];
        for (i, weight) in (-radius..).zip(&taps) {
            let v = pixel(i);
            sum = array::from_fn(|n| sum[n] + weight * v[n]);
        }
        sum.map(f16)
    };
    let (w, h) = (plane.width, plane.height);
    let across = Plane::from_fn(w, h, |x, y| along(&|i| plane.clamped(x as isize + i, y as isize)));
    Plane::from_fn(w, h, |x, y| along(&|i| across.clamped(x as isize, y as isize + i)))
}

/// (w·I, w) of the frame, decoded without clamping, over blocks, the mean of w·I within 0..w: the small size, stored.
pub fn weigh(frame: &Rgb, alpha: &Mask, side: usize) -> Weighted {
    let full = Plane::from_fn(frame.width, frame.height, |x, y| {
        let ([r, g, b], w) = (frame.at(x, y), (1.0 - alpha.at(x, y)[0]).powi(4));
        [w * r, w * g, w * b, w]
    });
    let inside = |[r, g, b, w]: [f64; 4]| [r.clamp(0.0, w), g.clamp(0.0, w), b.clamp(0.0, w), w];
    block_mean(&full, side).map(|v| inside(v).map(f16))
}

/// The blurred small plane over 8×8 blocks, stored, then blurred with σ = 3.
pub fn widen(small: &Weighted) -> Weighted {
    blur(&block_mean(small, 8).map(|v| v.map(f16)), 3.0)
}

/// B = (N + .001 W)/(D + .001), W = n/(d + 1e-6) of the wide plane, divided there and read bilinearly; stored.
pub fn normalise(small: &Weighted, wide: &Weighted) -> Rgb {
    let wide = wide.map(|[r, g, b, w]| [r, g, b].map(|v| v / (w + 1e-6)));
    Plane::from_fn(small.width, small.height, |x, y| {
        let (n, w) = (small.at(x, y), wide.seen_from(x, y, small.width, small.height));
        array::from_fn(|c| f16((n[c] + 0.001 * w[c]) / (n[3] + 0.001)))
    })
}

/// Twice as large, cut to a size: a quadratic B-spline through the texels' centres, edges clamped.
pub fn twice(small: &Weighted, width: usize, height: usize) -> Weighted {
    // B(t) = 3/4 - t² within half a texel of a centre, (3/2 - |t|)² / 2 within one and a half.
    let spline = |t: f64| if t.abs() <= 0.5 { 0.75 - t * t } else { (1.5 - t.abs()).max(0.0).powi(2) / 2.0 };
    Plane::from_fn(width, height, |x, y| {
        let at = |i: usize| (i as f64 + 0.5) / 2.0 - 0.5;
        let (fx, fy) = (at(x), at(y));
        let mut sum = [0.0; 4];
        for j in fy.round() as isize - 1..=fy.round() as isize + 1 {
            for i in fx.round() as isize - 1..=fx.round() as isize + 1 {
                let weight = spline(fx - i as f64) * spline(fy - j as f64);
                let v = small.clamped(i, j);
                sum = array::from_fn(|c| sum[c] + weight * v[c]);
            }
        }
        sum
    })
}

/// How the room is blurred by σ pixels: pixels of a texel that is blurred, and of one of the backdrop.
pub fn sides(sigma: f64) -> [usize; 2] {
    match sigma {
        ..9.6 => [4, 4],
        ..19.2 => [8, 4],
        _ => [16, 8],
    }
}

/// The weighted picture under the blur, small, and at the backdrop's size. `strength` is σ in pixels of a frame 720 high.
pub fn near(frame: &Rgb, alpha: &Mask, strength: f64) -> [Weighted; 2] {
    let sigma = frame_sigma(strength, frame.height);
    let [side, texel] = sides(sigma);
    let weighed = weigh(frame, alpha, side);
    let s = side as f64;
    if side == texel {
        let small = blur(&weighed, sigma / s);
        return [small.clone(), small];
    }
    // The variance of a block of s pixels, and that of a quadratic B-spline of such texels.
    let rest = sigma * sigma - (s * s - 1.0) / 12.0 - s * s / 4.0;
    let small = blur(&weighed, rest.sqrt() / s);
    let large = twice(&small, frame.width.div_ceil(texel), frame.height.div_ceil(texel));
    [small, large]
}

/// The backdrop.
pub fn backdrop(frame: &Rgb, alpha: &Mask, strength: f64) -> Rgb {
    let [small, large] = near(frame, alpha, strength);
    normalise(&large, &widen(&small))
}

/// σ in pixels of a frame `height` high.
pub fn frame_sigma(strength: f64, height: usize) -> f64 {
    strength * (height as f64 / 720.0)
}
