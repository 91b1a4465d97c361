//! Light: the tone curve, what a person's light is metered by, and the light of another picture. docs/PICTURE.md, "Light
//! and noise".

use std::array;

use super::{
    luma, mix,
    plane::{Mask, Plane, Rgb},
    smoothstep,
};

/// G v / (1 + (G − 1) v^1.5) with G = 1 + (g − 1) v / (v + 0.05) for the gain g; v itself below 0.
pub fn toned(v: f64, gain: f64) -> f64 {
    if v <= 0.0 {
        return v;
    }
    let own = 1.0 + (gain - 1.0) * v / (v + 0.05);
    own * v / (1.0 + (own - 1.0) * v.powf(1.5))
}

/// The gain that brings v to `goal`, found by halving: the curve rises with the gain.
pub fn gain_for(v: f64, goal: f64) -> f64 {
    let (mut low, mut high) = (0.05f64, 1e6f64);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        match toned(v, middle) < goal {
            true => low = middle,
            false => high = middle,
        }
    }
    (low + high) / 2.0
}

fn tint([r, g, b]: [f64; 3]) -> [f64; 2] {
    let [r, g, b] = [r, g, b].map(|v| v.max(0.02));
    [(r / g).ln(), (b / g).ln()]
}

/// The gains of R', G' and B' for these changes of ln(brightness), ln(R/G) and ln(B/G).
pub fn gains([e, r, b]: [f64; 3]) -> [f64; 3] {
    [(e + r).exp(), e.exp(), (e + b).exp()]
}

/// Places of 128 x 72 samples in a picture.
fn samples(width: usize, height: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..128 * 72).map(move |i| ((2 * (i % 128) + 1) * width / 256, (2 * (i / 128) + 1) * height / 144))
}

/// What the metered light keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Light {
    /// ln(gain), and what ln(R/G) and ln(B/G) are changed by.
    pub values: [f64; 3],
    pub off: f64,
    pub moves: bool,
    pub age: f64,
}

/// The times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub hold: f64,
    pub time: f64,
    pub soon: f64,
}

pub const RULE: Rule = Rule { hold: 2.5, time: 1.5, soon: 0.15 };

/// A frame as the meter sees it.
#[derive(Debug)]
pub struct Seen<'a> {
    /// R'G'B' and the change of luma at mask size.
    pub guide: &'a Plane<4>,
    pub alpha: &'a Mask,
    /// The noise of the guide's texels.
    pub noise: f64,
    /// How much of the noise is left in what is shown.
    pub kept: f64,
}

/// Goals of the exposure and of the white balance; none without a person. And whether it is another scene.
fn goals(seen: &Seen<'_>) -> (Option<[f64; 3]>, bool) {
    let Seen { guide, alpha, noise, kept } = *seen;
    let count = 128.0 * 72.0;
    let (mut p, mut py, mut py8, mut changed) = (0.0, 0.0, 0.0, 0.0);
    let (mut room, mut skin) = ([0.0; 3], [0.0; 3]);
    let robust = |u: [f64; 2], reach: f64| (1.0 + (u[0] * u[0] + u[1] * u[1]) / (reach * reach)).powi(-2);
    for (texel, pixel) in samples(guide.width, guide.height).zip(samples(alpha.width, alpha.height)) {
        let [r, g, b, change] = guide.at(texel.0, texel.1);
        let c = [r, g, b].map(|v| v.clamp(0.0, 1.0));
        let left = pixel.0 / 2 * 2;
        let a = (alpha.at(left, pixel.1)[0] + alpha.at(left + 1, pixel.1)[0]) / 2.0;
        let (y, u) = (luma(c), tint(c));
        p += a * a;
        py += a * a * y;
        py8 += a * a * y.powi(8);
        changed += f64::from(change > 0.04 + 3.0 * noise);
        let bright = 1.0 - smoothstep(0.88, 0.95, c.into_iter().fold(0.0, f64::max));
        let grey = (1.0 - a).powi(2) * smoothstep(0.1, 0.25, y) * bright * robust(u, 0.25);
        let own = a * a * robust([u[0] - 0.3, u[1] + 0.18], 0.3);
        for (sum, weight) in [(&mut room, grey), (&mut skin, own)] {
            *sum = [sum[0] + weight, sum[1] + weight * u[0], sum[2] + weight * u[1]];
        }
    }
    let is_cut = changed > 0.8 * count;
    if p <= 0.004 * count {
        return (None, is_cut);
    }
    let mean = (py / p).clamp(0.01, 0.99);
    let bright = (py8 / p).powf(0.125).clamp(0.01, 0.99);
    let up = gain_for(mean, 0.36).min(gain_for(bright, 0.66)).ln().max(0.0);
    let down = gain_for(mean, 0.62).ln().min(0.0);
    let quiet = (noise.max(0.004) / (kept * noise)).ln().max(0.0);
    let e = up.min(quiet).min(0.916) + down.max(-0.35);
    let least = [0.1, -0.45];
    let most = [0.5, -0.02];
    let w: [f64; 2] = array::from_fn(|k| {
        let by_room = -0.7 * room[k + 1] / room[0].max(1e-6) * (room[0] / (0.02 * count)).min(1.0);
        let own = skin[k + 1] / skin[0].max(1e-6);
        let by_skin = (own + by_room).clamp(least[k], most[k]) - own;
        mix(by_room, by_skin, (4.0 * skin[0] / p).min(1.0)).clamp(-0.15, 0.15)
    });
    (Some([e, w[0], w[1]]), is_cut)
}

/// The light after a frame that comes `dt` seconds after the last.
pub fn meter(seen: &Seen<'_>, dt: f64, last: Light, rule: Rule) -> Light {
    let dt = dt.clamp(0.0, 0.25);
    let (goal, is_cut) = goals(seen);
    let age = if is_cut { 0.0 } else { last.age };
    let Some(goal) = goal else {
        return Light { values: last.values, off: 0.0, moves: false, age };
    };
    let start = [0.12, 0.04, 0.04];
    let fastest = [0.12, 0.03, 0.03];
    let way: [f64; 3] = array::from_fn(|k| goal[k] - last.values[k]);
    let distance = (0..3).map(|k| way[k].abs() / start[k]).fold(0.0, f64::max);
    let grown = (age + dt.max(1e-3)).min(1e3);
    if age < 1.0 {
        let share = if age == 0.0 { 1.0 } else { 1.0 - (-dt / rule.soon).exp() };
        let values = array::from_fn(|k| last.values[k] + share * way[k]);
        return Light { values, off: 0.0, moves: false, age: grown };
    }
    let off = if distance > 1.0 { last.off + dt } else { 0.0 };
    let moves = off > rule.hold || (last.moves && distance > 0.25);
    let share = if moves { 1.0 - (-dt / rule.time).exp() } else { 0.0 };
    let values =
        array::from_fn(|k| last.values[k] + (share * way[k]).clamp(-fastest[k] * dt, fastest[k] * dt));
    Light { values, off, moves, age: grown }
}

/// What the light of `picture` asks of a frame with a person, and whether there is one.
pub fn light_match(frame: &Rgb, alpha: &Mask, picture: &Rgb, strength: f64) -> Option<[f64; 3]> {
    let count = 128.0 * 72.0;
    let (mut p, mut py, mut y_there) = (0.0, 0.0, 0.0);
    let (mut room, mut there) = ([0.0; 4], [0.0; 4]);
    for (x, y) in samples(frame.width, frame.height) {
        let left = x / 2 * 2;
        let pair =
            |of: &Rgb| -> [f64; 3] { array::from_fn(|k| (of.at(left, y)[k] + of.at(left + 1, y)[k]) / 2.0) };
        let a = (alpha.at(left, y)[0] + alpha.at(left + 1, y)[0]) / 2.0;
        let (own, other) = (pair(frame), pair(picture));
        p += a * a;
        py += a * a * luma(own);
        y_there += luma(other);
        let weights = [(1.0 - a).powi(2) * luma(own).powi(2), luma(other).powi(2)];
        for (sum, (weight, c)) in
            [&mut room, &mut there].into_iter().zip(weights.into_iter().zip([own, other]))
        {
            *sum = array::from_fn(|k| sum[k] + weight * if k < 3 { c[k] } else { 1.0 });
        }
    }
    if p <= 0.004 * count {
        return None;
    }
    let brighter = ((y_there / count).max(0.02) / (py / p).max(0.02)).ln().clamp(-0.8, 0.8);
    let mean = |sum: [f64; 4]| array::from_fn::<f64, 3, _>(|k| sum[k] / sum[3].max(1e-6));
    let known = room[3] > 1e-4 * count && there[3] > 1e-4 * count;
    let apart: [f64; 2] = array::from_fn(|k| {
        if known { (tint(mean(there))[k] - tint(mean(room))[k]).clamp(-0.3, 0.3) } else { 0.0 }
    });
    Some([brighter, apart[0], apart[1]].map(|v| 0.5 * strength * v))
}
