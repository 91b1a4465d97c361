//! The mask chains of four other programs, from the model's output to the size of the frame, and Volcomix's
//! blur.
//!
//! Written from their published constants. Each gets the output of the same model without exposure gain, as
//! in these programs. Alphas are 0..1.
//!
//! | chain | what it does |
//! |---|---|
//! | Volcomix (virtual-background, WebGL 2) | joint bilateral filter at the frame's size, smoothstep(0.5,
//! 0.75) |
//! | LFBW (Linux-Fake-Background-Webcam) | threshold 0.75, 7×7 Gaussian, threshold again, dilate 5×5, box
//! 10×10, mean with the last |
//! | backscrub | threshold 0.65, three frames' bits in a byte, bilinear in 8 bits, box 5×5 |
//! | Jitsi (in the manner of its second version) | mean with the last, 3 : 1, smoothstep(0.1, 0.5), 3×3
//! binomial, bilinear |

use super::float_image::{Border, FloatImage};
use crate::Size;

/// GLSL's smoothstep.
pub fn smoothstep(low: f32, high: f32, v: f32) -> f32 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Linux-Fake-Background-Webcam.
#[derive(Clone, Debug, Default)]
pub struct Lfbw(Option<FloatImage<1>>);

impl Lfbw {
    /// Alpha of the next frame at `size` from the model's person probability.
    pub fn next(&mut self, person: &FloatImage<1>, size: Size) -> FloatImage<1> {
        // OpenCV's fixed 7-tap Gaussian, the default if no σ is given.
        const GAUSS: [f32; 7] = [0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125];
        let cut = |[v]: [f32; 1]| [if v > 0.75 { 1.0 } else { 0.0 }];
        let hard = person.map(cut).resized(size).smoothed(&GAUSS).map(cut);
        let soft = hard.dilated(2).boxed(10);
        let now = match &self.0 {
            Some(last) => last.zip(&soft, |[a], [b]| [0.5 * a + 0.5 * b]),
            None => soft,
        };
        self.0 = Some(now.clone());
        now
    }
}

/// backscrub.
#[derive(Clone, Debug, Default)]
pub struct Backscrub(Option<Vec<u8>>);

impl Backscrub {
    /// Alpha of the next frame at `size` from the model's person probability.
    pub fn next(&mut self, person: &FloatImage<1>, size: Size) -> FloatImage<1> {
        let last = self.0.take().unwrap_or_else(|| vec![0; person.size.area()]);
        let bits = |(&[p], last): (&[f32; 1], u8)| (if p > 0.65 { 0xE0 } else { 0 }) | (last >> 3);
        let now: Vec<u8> = person.pixels.iter().zip(last).map(bits).collect();
        let bytes = FloatImage { size: person.size, pixels: now.iter().map(|&v| [f32::from(v)]).collect() };
        self.0 = Some(now);
        let rounded = |v: FloatImage<1>| v.map(|[v]| [v.round()]);
        rounded(rounded(bytes.resized(size)).boxed(5)).map(|[v]| [v / 255.0])
    }
}

/// Jitsi.
#[derive(Clone, Debug, Default)]
pub struct Jitsi(Option<FloatImage<1>>);

impl Jitsi {
    /// Alpha of the next frame at `size` from the model's person probability.
    pub fn next(&mut self, person: &FloatImage<1>, size: Size) -> FloatImage<1> {
        let now = match &self.0 {
            Some(last) => last.zip(person, |[a], [b]| [0.75 * a + 0.25 * b]),
            None => person.clone(),
        };
        let alpha = now.map(|[v]| [smoothstep(0.1, 0.5, v)]).smoothed(&[0.25, 0.5, 0.25]).resized(size);
        self.0 = Some(now);
        alpha
    }
}

/// Number of Volcomix's blur iterations.
pub const VOLCOMIX_TIMES: usize = 3;
/// Number of iterations for gpucam's σ of 12 pixels at 720p. Variances add up; three iterations have σ =
/// 5.85.
pub const VOLCOMIX_TIMES_WIDE: usize = 12;

/// Volcomix's joint bilateral filter without the smoothstep: the person mask that its blur uses. The pass
/// `bilateral` documents the computation.
pub fn volcomix_filter(frame: &FloatImage<3>, person: &FloatImage<1>) -> FloatImage<1> {
    let (size, mask) = (frame.size, person.size);
    let (w, h) = (size.width as f32, size.height as f32);
    let (mask_w, mask_h) = (mask.width as f32, mask.height as f32);
    let reach = (w / mask_w).max(h / mask_h);
    let step = (0.66 * reach.sqrt()).max(1.0);
    let first = if step > 1.0 { step / 2.0 - reach } else { -reach };
    let along: Vec<f32> = (0..).map(|i| first + i as f32 * step).take_while(|t| *t < reach + 1e-6).collect();
    let sigma = (1.0 / w).max(1.0 / h) * reach;
    let falloff = |sigma: f32| 0.5 / (4.0 * sigma * sigma + 1e-6);
    let (space, colour) = (falloff(sigma), falloff(0.1));
    let inside = |v: f32, n: u32| (v.floor().max(0.0) as usize).min(n as usize - 1);
    FloatImage::from_fn(size, |x, y| {
        let centre = frame.pixels[y * size.width as usize + x];
        let (mut sum, mut total) = (0.0, 0.0);
        for dy in &along {
            for dx in &along {
                let (u, v) = (x as f32 + 0.5 + dx, y as f32 + 0.5 + dy);
                let there =
                    frame.pixels[inside(v, size.height) * size.width as usize + inside(u, size.width)];
                let at = inside(v * mask_h / h, mask.height) * mask.width as usize
                    + inside(u * mask_w / w, mask.width);
                let apart: f32 = (0..3).map(|c| (there[c] - centre[c]).powi(2)).sum();
                let far = (dx / w).powi(2) + (dy / h).powi(2);
                let weight = (-far * space - apart * colour).exp();
                sum += weight * (255.0 * person.pixels[at][0]).round() / 255.0;
                total += weight;
            }
        }
        [sum / total]
    })
}

/// Volcomix's blur of the background at half size: `times` iterations (three in Volcomix) of 9 vertical and
/// horizontal taps weighted by 1 − `person`. Missing weight goes to the pixel itself.
pub fn volcomix_blur(frame: &FloatImage<3>, person: &FloatImage<1>, times: usize) -> FloatImage<3> {
    const TAPS: [f32; 9] = [
        0.016_216_216,
        0.054_054_055,
        0.121_621_62,
        0.194_594_6,
        0.227_027_03,
        0.194_594_6,
        0.121_621_62,
        0.054_054_055,
        0.016_216_216,
    ];
    let half = Size::new(frame.size.width / 2, frame.size.height / 2);
    let weight = person.resized(half).map(|[m]| [1.0 - m]);
    let mut blurred = frame.resized(half);
    for along_x in [false, true].repeat(times) {
        let weighted = blurred.zip(&weight, |v, [w]| [v[0] * w, v[1] * w, v[2] * w, w]);
        let sums = weighted.filtered(&TAPS, 4, along_x, Border::Replicate);
        blurred = blurred.zip(&sums, |v, s| std::array::from_fn(|c| s[c] + (1.0 - s[3]) * v[c]));
    }
    blurred.resized(frame.size)
}
