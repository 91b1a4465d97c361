//! Random numbers and elementary functions with identical bits on every machine. The system's `sin`, `cos`
//! and `exp` may differ in the last place.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// SplitMix64 (Steele, Lea, Flood 2014): the increment; [`mix`] is the output function.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// The stream identified by these words, such as (object, presenter, frame).
    pub(super) fn new(words: &[u64]) -> Self {
        Self(words.iter().fold(0, |state, word| mix(state.wrapping_add(STEP) ^ mix(*word))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// Uniform in `low..high`.
    pub(super) fn uniform(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * (self.next() >> 40) as f32 / (1u32 << 24) as f32
    }

    /// Uniform in 0..`n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// −1 or 1.
    pub(super) fn sign(&mut self) -> f32 {
        if self.next() >> 63 == 0 { -1.0 } else { 1.0 }
    }

    /// Three uniform numbers for a colour.
    pub(super) fn colour(&mut self, low: f32, high: f32) -> [f32; 3] {
        [(); 3].map(|()| self.uniform(low, high))
    }

    /// Nearly normal, mean 0, standard deviation 1.
    pub(super) fn normal(&mut self) -> f32 {
        normal(self.next())
    }

    /// Three roughly normal numbers with mean 0 and standard deviation 1: number `index` of this stream,
    /// computed without its predecessors.
    pub(super) fn noise_at(&self, index: u64) -> [f32; 3] {
        let word = mix(self.0.wrapping_add(STEP.wrapping_mul(index.wrapping_add(1))));
        [0, 20, 40].map(|shift| rough_normal(word >> shift))
    }
}

/// Sum of four 5-bit numbers: mean 62, variance 4·(32² − 1)/12, within ±3.4 σ. It is fast, and good enough
/// for values that are added to their neighbours anyway.
fn rough_normal(word: u64) -> f32 {
    const EVEN: u32 = 0b11111_00000_11111;
    const DEVIATION: f32 = 18.466_185;
    let pairs = (word as u32 & EVEN) + (word as u32 >> 5 & EVEN);
    ((pairs & 0x3FF) + (pairs >> 10)) as f32 / DEVIATION - 62.0 / DEVIATION
}

/// Sum of the eight bytes of a word: mean 1020, variance 8·(256² − 1)/12, within ±4.9 σ.
fn normal(word: u64) -> f32 {
    const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
    const DEVIATION: f32 = 209.022_33;
    let pairs = (word & EVEN) + ((word >> 8) & EVEN);
    let sum = pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48;
    (sum as f32 - 1020.0) / DEVIATION
}

/// Sine and cosine of an angle in radians, to 1e-10.
pub(super) fn sin_cos(angle: f32) -> (f32, f32) {
    let angle = f64::from(angle);
    (sin(angle) as f32, sin(angle + FRAC_PI_2) as f32)
}

/// Sine by its Taylor series, after folding the angle into ±π/2.
pub(super) fn sin(angle: f64) -> f64 {
    let turned = angle - TAU * (angle / TAU).round();
    let x = if turned.abs() > FRAC_PI_2 { PI.copysign(turned) - turned } else { turned };
    let (mut term, mut sum) = (x, x);
    for n in 1..9 {
        term *= -x * x / f64::from(2 * n * (2 * n + 1));
        sum += term;
    }
    sum
}

/// exp(x) for x ≤ 0 to 1e-9: a short series for x/256, squared eight times.
pub(super) fn exp(x: f32) -> f32 {
    let x = f64::from(x.max(-100.0)) / 256.0;
    let mut y = 1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0))));
    for _ in 0..8 {
        y *= y;
    }
    y as f32
}
