//! The background without the person, blurred: docs/PICTURE.md, step 9.
//!
//! A normalised convolution (Knutsson and Westin 1993): Gaussian of w·I over Gaussian of w, w = (1 − alpha)⁴,
//! at a quarter to a sixteenth of the frame's size; where no background is in reach, the same again at an
//! eighth of that. Stored planes are f16.

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

/// Taps −R..=R of a Gaussian, R = ceil(3σ), with the sum 1; a single 1 for σ = 0.
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

/// Means over blocks of (w·I, w) of the frame, which is decoded without clamping; w·I is clamped to 0..w;
/// stored.
pub fn weigh(frame: &Rgb, alpha: &Mask, side: usize) -> Weighted {
    let full = Plane::from_fn(frame.width, frame.height, |x, y| {
        let ([r, g, b], w) = (frame.at(x, y), (1.0 - alpha.at(x, y)[0]).powi(4));
        [w * r, w * g, w * b, w]
    });
    let inside = |[r, g, b, w]: [f64; 4]| [r.clamp(0.0, w), g.clamp(0.0, w), b.clamp(0.0, w), w];
    block_mean(&full, side).map(|v| inside(v).map(f16))
}

/// Means of the small plane over 8×8 blocks, stored, then blurred with σ = 3.
pub fn widen(small: &Weighted) -> Weighted {
    blur(&block_mean(small, 8).map(|v| v.map(f16)), 3.0)
}

/// B = (N + .001 W)/(D + .001), with W = n/(d + 1e-6) of the wide plane, divided first and then read
/// bilinearly; stored.
pub fn normalise(small: &Weighted, wide: &Weighted) -> Rgb {
    let wide = wide.map(|[r, g, b, w]| [r, g, b].map(|v| v / (w + 1e-6)));
    Plane::from_fn(small.width, small.height, |x, y| {
        let (n, w) = (small.at(x, y), wide.sample_for(x, y, small.width, small.height));
        array::from_fn(|c| f16((n[c] + 0.001 * w[c]) / (n[3] + 0.001)))
    })
}

/// Position of pixel `i` among texels of `side` pixels, whose centres are at integers.
pub fn texel(i: usize, side: usize) -> f64 {
    (i as f64 + 0.5) / side as f64 - 0.5
}

/// Enlarged twofold through the B-spline, cropped to a size.
pub fn upsample_2x(small: &Weighted, width: usize, height: usize) -> Weighted {
    Plane::from_fn(width, height, |x, y| small.spline(texel(x, 2), texel(y, 2)))
}

/// For a blur of σ pixels: pixels along a side of a texel under the blur, and of one of the backdrop.
pub fn sides(sigma: f64) -> [usize; 2] {
    match sigma {
        ..9.6 => [4, 4],
        ..19.2 => [8, 4],
        _ => [16, 8],
    }
}

/// The blurred weighted picture, at its own size and at the backdrop's. `strength` is σ in pixels of a frame
/// 720 high; the variances of a block of s pixels and of the quadratic B-spline that reads such texels are
/// parts of σ².
pub fn near(frame: &Rgb, alpha: &Mask, strength: f64) -> [Weighted; 2] {
    let sigma = frame_sigma(strength, [frame.width, frame.height]);
    let [side, texel] = sides(sigma);
    let s = side as f64;
    let rest = sigma * sigma - (s * s - 1.0) / 12.0 - s * s / 4.0;
    let small = blur(&weigh(frame, alpha, side), rest.max(0.0).sqrt() / s);
    let large = match side == texel {
        true => small.clone(),
        false => upsample_2x(&small, frame.width.div_ceil(texel), frame.height.div_ceil(texel)),
    };
    [small, large]
}

/// The backdrop.
pub fn backdrop(frame: &Rgb, alpha: &Mask, strength: f64) -> Rgb {
    let [small, large] = near(frame, alpha, strength);
    normalise(&large, &widen(&small))
}

/// The blurred background as the blur effect shows it, to be read through a spline, and the pixels along a
/// side of its texels.
pub fn blurred(frame: &Rgb, alpha: &Mask, strength: f64) -> (Rgb, usize) {
    let [side, _] = sides(frame_sigma(strength, [frame.width, frame.height]));
    let [small, _] = near(frame, alpha, strength);
    (normalise(&small, &widen(&small)), side)
}

/// σ in pixels of a frame; one wider than 2:1 has as many rows as its width has at 2:1.
pub fn frame_sigma(strength: f64, [width, height]: [usize; 2]) -> f64 {
    let rows = if width > 2 * height { width as f64 / 2.0 } else { height as f64 };
    strength * (rows / 720.0)
}
