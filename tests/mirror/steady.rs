//! Alpha steadied in time: docs/PICTURE.md. Only what the camera's noise can explain is averaged.

use super::{
    alpha::binomial,
    luma, mix,
    plane::{Coefficients, Mask, Plane, Rgb},
    smoothstep,
    store::unorm16,
};

/// What is kept from frame to frame.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The last frame's luma at mask size.
    pub luma: Mask,
    /// The camera's noise, share of full scale.
    pub noise: f64,
    /// Mean q and its age in frames, as they are stored.
    pub q: Plane<2>,
}

/// Noise where nothing is known yet.
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

/// Frames that a mean is known to go back at most.
pub const OLDEST: f64 = 8.0;

/// (q, age) as 16 bits of (q + ½) / 2, q within −½..1½, and 16 bits of age / 8.
pub fn stored([q, age]: [f64; 2]) -> [f64; 2] {
    [2.0 * unorm16((q.clamp(-0.5, 1.5) + 0.5) / 2.0) - 0.5, OLDEST * unorm16(age / OLDEST)]
}

/// Alpha, and what to remember. `frame` is decoded without clamping; `before` is the change, the noise and the memory.
pub fn alpha(frame: &Rgb, lines: &Coefficients, before: Option<(&Mask, f64, &Plane<2>)>) -> (Mask, Plane<2>) {
    let smooth = binomial(frame);
    let (w, h) = (frame.width, frame.height);
    let means = Plane::from_fn(w, h, |x, y| {
        let i = smooth.at(x, y).map(|v| v.clamp(0.0, 1.0));
        let [a, b, c, d] = lines.seen_from(x, y, w, h);
        let q = a * i[0] + b * i[1] + c * i[2] + d;
        let Some((change, n, memory)) = before else { return [q, 0.0] };
        let ([last, age], [d]) = (memory.at(x, y), change.seen_from(x, y, w, h));
        // Calm is where luma changed no more than noise makes it: 1.13 n is what it does in the mean.
        let calm = 1.0 - smoothstep(1.3 * n, 1.8 * n, d);
        let slope = (a * a + b * b + c * c).sqrt();
        let room = mix(5.8, 10.0, calm) * n * slope + mix(0.05, 0.2, calm);
        let z = (smoothstep(0.0, 1.0, q) - smoothstep(0.0, 1.0, last)).abs() / room;
        let same = (1.0 - smoothstep(1.0, 2.0, z)) * (1.0 - smoothstep(2.0 * n + 0.002, 4.0 * n + 0.004, d));
        // A mean of m frames and one more: the new one has the weight 1 / (m + 1).
        let m = age + 1.0;
        [mix(q, last, same * m / (m + 1.0)), (same * m).min(OLDEST)]
    });
    (means.map(|[q, _]| [unorm16(smoothstep(0.0, 1.0, q))]), means.map(stored))
}
