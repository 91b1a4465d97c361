//! Alpha averaged over time: docs/PICTURE.md, steps 7 and 8. Only what the camera's noise can explain is
//! averaged.

use super::{
    alpha::binomial,
    luma, mix,
    plane::{Coefficients, Mask, Plane, Rgb},
    smoothstep,
    store::unorm16,
};

/// The state between frames.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The last frame's luma at mask size.
    pub luma: Mask,
    /// The camera's noise as a share of full scale.
    pub noise: f64,
    /// Mean q and its age in frames, as stored.
    pub q: Plane<2>,
}

/// The noise before anything is known.
pub const START: f64 = 0.004;

/// Luma of the guide.
pub fn luma_of(guide: &Rgb) -> Mask {
    guide.map(|rgb| [luma(rgb)])
}

/// Mean of the change over 3×3 texels, edges clamped.
pub fn change(now: &Mask, last: &Mask) -> Mask {
    Plane::from_fn(now.width, now.height, |x, y| {
        let mut sum = 0.0;
        for (i, j) in (-1..=1).flat_map(|j| (-1..=1).map(move |i| (i, j))) {
            let at = (x as isize + i, y as isize + j);
            sum += (now.clamped(at.0, at.1)[0] - last.clamped(at.0, at.1)[0]).abs();
        }
        [sum / 9.0]
    })
}

/// The next estimate of the noise.
pub fn noise(noise: f64, now: &Mask, last: &Mask) -> f64 {
    let clipped = now.values().iter().zip(last.values()).map(|(a, b)| (a - b).abs().min(3.0 * noise));
    let mean = clipped.sum::<f64>() / now.data.len() as f64;
    (0.8 * noise + 0.2 * mean / 1.128).max(1.0 / 1024.0)
}

/// Confidence in the average at each texel of the mask: 1 / the change of alpha that noise `n` explains, and
/// how still the texel is, 0..1, from the `change` of luma.
pub fn confidence(coefficients: &Coefficients, change: &Mask, n: f64) -> Plane<2> {
    Plane::from_fn(coefficients.width, coefficients.height, |x, y| {
        let ([a, b, c, _], [d]) = (coefficients.at(x, y), change.at(x, y));
        // Calm: luma has changed no more than noise changes it, which is 1.13 n on average.
        let calm = 1.0 - smoothstep(1.3 * n, 1.8 * n, d);
        let slope = (a * a + b * b + c * c).sqrt();
        let explained = mix(5.8, 10.0, calm) * n * slope + mix(0.05, 0.2, calm);
        [1.0 / explained, 1.0 - smoothstep(2.0 * n + 0.002, 4.0 * n + 0.004, d)]
    })
}

/// The greatest age of a mean, in frames.
pub const MAX_AGE: f64 = 8.0;

/// Steps of the stored (q, age).
pub const STEPS: [f64; 2] = [2.0 / 4095.0, MAX_AGE / 15.0];

/// (q, age) as 12 bits of (q + ½) / 2, q within −½..1½, and 4 bits of age / 8.
pub fn stored([q, age]: [f64; 2]) -> [f64; 2] {
    let nearest = |v: f64, step: f64| step * (v / step).round_ties_even();
    [nearest(q.clamp(-0.5, 1.5) + 0.5, STEPS[0]) - 0.5, nearest(age, STEPS[1])]
}

/// Alpha, and the new memory. `frame` is decoded without clamping; `before` is the confidence and the memory.
pub fn alpha(
    frame: &Rgb,
    coefficients: &Coefficients,
    before: Option<(&Plane<2>, &Plane<2>)>,
) -> (Mask, Plane<2>) {
    let means = means(frame, coefficients, before);
    (means.map(|[q, _]| [unorm16(smoothstep(0.0, 1.0, q))]), means.map(stored))
}

/// Mean q and its age in frames, not rounded.
pub fn means(frame: &Rgb, coefficients: &Coefficients, before: Option<(&Plane<2>, &Plane<2>)>) -> Plane<2> {
    let smooth = binomial(frame);
    let (w, h) = (frame.width, frame.height);
    let saturated = is_saturated(coefficients, w, h);
    Plane::from_fn(w, h, |x, y| {
        let i = smooth.at(x, y);
        let [a, b, c, d] = coefficients.sample_for(x, y, w, h);
        let q = a * i[0] + b * i[1] + c * i[2] + d;
        let Some((confidence, memory)) = before else { return [q, 0.0] };
        let ([last, age], [tight, still]) = (memory.at(x, y), confidence.sample_for(x - x % 2, y, w, h)); // a pair shares its left pixel's confidence
        let z = (smoothstep(0.0, 1.0, q) - smoothstep(0.0, 1.0, last)).abs() * tight;
        let same = (1.0 - smoothstep(1.0, 2.0, z)) * still;
        // The mean of m frames takes in one more, whose weight is 1 / (m + 1).
        let m = age + 1.0;
        if saturated.at(x, y) == [1.0] {
            [q, MAX_AGE]
        } else {
            [mix(q, last, same * m / (m + 1.0)), (same * m).min(MAX_AGE)]
        }
    })
}

/// 1 where a strip (one or four words, and the rows between two rows of texels) samples only coefficients
/// that give 0, or
/// only such that give 1: the mean becomes that at once.
fn is_saturated(coefficients: &Coefficients, width: usize, height: usize) -> Mask {
    let says = |x: isize, y: isize| {
        let [a, b, c, d] = coefficients.clamped(x, y);
        // Differences of equal sums leave rounding errors of f64.
        let is = |end: f64| [a, b, c, d - end].iter().all(|v| v.abs() < 1e-9);
        [is(0.0), is(1.0)]
    };
    let side = if width.is_multiple_of(8) { 8 } else { 2 };
    let columns = 2 + (coefficients.width * (side - 1)).div_ceil(width);
    let first = |at: usize, own: usize, of: usize| {
        ((at as f64 + 0.5) * own as f64 / of as f64 - 0.5).floor() as isize
    };
    Plane::from_fn(width, height, |x, y| {
        let (lo, above) =
            (first(x / side * side, coefficients.width, width), first(y, coefficients.height, height));
        let seen = (0..columns as isize).flat_map(|i| [says(lo + i, above), says(lo + i, above + 1)]);
        let all = seen.fold([true; 2], |all, says| [all[0] && says[0], all[1] && says[1]]);
        [f64::from(u8::from(all[0] || all[1]))]
    })
}
