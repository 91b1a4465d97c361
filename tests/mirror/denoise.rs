//! Noise taken out over time: docs/PICTURE.md, "Light and noise".

use std::array;

use super::{plane::Plane, smoothstep};

/// A word: Y0, Y1, Cb, Cr in codes.
pub type Words = Plane<4>;
/// A word's means: Y0, Y1, Cb, Cr in codes, and their age in frames.
pub type History = Plane<5>;
/// The deviations of a pixel's luma, of its mean over 4x3 pixels, and of the mean chroma of 3x3 words, in each eighth of
/// the luma codes.
pub type Grain = [[f64; 3]; 8];

/// The words of YUYV bytes.
pub fn words(bytes: &[u8], width: usize, height: usize) -> Words {
    Plane::from_fn(width / 2, height, |x, y| {
        let at = 4 * (y * width / 2 + x);
        [0, 2, 1, 3].map(|k| f64::from(bytes[at + k]))
    })
}

/// What the numbers of the description are.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Codes of noise that averaging aims at.
    pub target: f64,
    /// Most frames that a mean stands for.
    pub most: f64,
    /// Where a change, in deviations, begins to be movement.
    pub start: f64,
}

pub const RULE: Rule = Rule { target: 0.5, most: 16.0, start: 2.0 };

/// The change since the history around a word: mean of luma's differences, mean of their magnitudes, means of Cb's and
/// Cr's differences. Beyond the edge the edge's word repeats.
pub fn change(frame: &Words, history: &History, x: usize, y: usize) -> [f64; 4] {
    let mut sums = [0.0; 4];
    for j in -1..=1 {
        for i in -1..=1 {
            let at = (x as isize + i, y as isize + j);
            let (now, then) = (frame.clamped(at.0, at.1), history.clamped(at.0, at.1));
            let d: [f64; 4] = array::from_fn(|k| now[k] - then[k]);
            // Of the words beside, the pixel that is nearer.
            let lumas = match i {
                -1 => &d[1..2],
                0 => &d[0..2],
                _ => &d[0..1],
            };
            for luma in lumas {
                sums[0] += luma / 12.0;
                sums[1] += luma.abs() / 12.0;
            }
            sums[2] += d[2] / 9.0;
            sums[3] += d[3] / 9.0;
        }
    }
    sums
}

/// The deviation of a frame's sample from the mean of `age` frames, in deviations of a frame.
pub fn spread(age: f64) -> f64 {
    (1.0 + 1.0 / age.max(0.125)).sqrt()
}

fn noise_at(grain: &Grain, luma: f64) -> [f64; 3] {
    let at = (luma / 32.0 - 0.5).clamp(0.0, 7.0);
    let below = (at.floor() as usize).min(6);
    let t = at - below as f64;
    let least = [0.3, 0.12, 0.12];
    array::from_fn(|k| (grain[below][k] + t * (grain[below + 1][k] - grain[below][k])).max(least[k]))
}

/// The nine samples of a channel around one; luma counts pixels, chroma words.
fn neighbours(frame: &Words, x: usize, y: usize, channel: usize) -> [f64; 9] {
    array::from_fn(|n| {
        let (i, j) = ((n % 3) as isize - 1, (n / 3) as isize - 1);
        let (word, pixel) = match (channel, i) {
            (0, -1) => (-1, 1),
            (1, -1) => (0, 0),
            (0, 1) => (0, 1),
            (1, 1) => (1, 0),
            (0 | 1, _) => (0, channel),
            _ => (i, channel),
        };
        frame.clamped(x as isize + word, y as isize + j)[pixel]
    })
}

/// The shown codes and the new history, neither rounded.
pub fn denoise(frame: &Words, history: &History, grain: &Grain, rule: Rule) -> (Words, History) {
    let both = Plane::<9>::from_fn(frame.width, frame.height, |x, y| {
        let [y0, y1, cb, cr, age] = history.at(x, y);
        let [luma, scatter, blue, red] = change(frame, history, x, y);
        let [s, b, c] = noise_at(grain, (y0 + y1) / 2.0);
        let v = spread(age);
        let frames = (s / rule.target).powi(2).clamp(1.0, rule.most);
        let t = (luma.abs() / b).max(blue.abs().max(red.abs()) / c) / v;
        let beyond = ((t - rule.start) / 2.0).max(3.0 * (scatter / (0.798 * s * v) - 1.4));
        let age = (1.0 + age * (1.0 - smoothstep(0.0, 1.0, beyond))).min(frames);
        let channels: [[f64; 2]; 4] = array::from_fn(|k| {
            let near = neighbours(frame, x, y, k);
            let own = near[4];
            let (least, most) =
                near.iter().fold((f64::MAX, f64::MIN), |(least, most), &v| (least.min(v), most.max(v)));
            let held = [y0, y1, cb, cr][k].clamp(least, most);
            let mean = held + (own - held) / age;
            let reach = 4.0 * if k < 2 { s } else { 2.0 * c };
            let others = || near[..4].iter().chain(&near[5..]).copied();
            let middle = own.clamp(others().fold(f64::MAX, f64::min), others().fold(f64::MIN, f64::max));
            let weight = |v: f64| (1.0 - ((v - middle) / reach).powi(2)).max(0.0);
            let sum: f64 = 1.0 + others().map(weight).sum::<f64>();
            let smooth = (middle + others().map(|v| weight(v) * v).sum::<f64>()) / sum;
            [mean, mean + (1.0 - 1.0 / frames) / age * (smooth - own)]
        });
        let [a, b, c, d] = channels;
        [a[1], b[1], c[1], d[1], a[0], b[0], c[0], d[0], age]
    });
    (both.map(|v| array::from_fn(|k| v[k])), both.map(|v| array::from_fn(|k| v[4 + k])))
}
