use gpucam::internals::{
    Size, Smooth,
    gpu::{Recorder, Storage},
    passes::{self, Guide},
};

use super::words;
use crate::{
    mirror::{
        Mask, Plane, chain,
        light::{Light, RULE, Rule, Seen, gains, meter},
        store::unorm16,
    },
    support::gpu::{SIZES, gpu, holds, noise, plane, submit},
};

/// f32: sums of nine thousand terms, logarithms and powers of them.
const TOLERANCE: f64 = 2e-4;

/// A person of this brightness in a grey room with a tint; `hand` covers a part of the picture.
fn seen(size: Size, person: f64, tint: f64, hand: bool, change: f64) -> (Plane<4>, Mask) {
    let (w, h) = chain::mask_size(size);
    let covers = |u: f64, v: f64| hand && u > 0.35 && v > 0.25;
    let inside = |u: f64, v: f64| (2.4 * (u - 0.5)).powi(2) + (v - 0.7).powi(2) < 0.16;
    let guide = Plane::from_fn(w, h, |x, y| {
        let (u, v) = ((x as f64 + 0.5) / w as f64, (y as f64 + 0.5) / h as f64);
        let n = 0.04 * (noise(51, y * w + x) - 0.5);
        let c = match (covers(u, v), inside(u, v)) {
            (true, _) => [0.9, 0.7, 0.6],
            (_, true) => [1.2, 0.95, 0.8].map(|c| c * person * (0.6 + 0.8 * u)),
            _ => [1.0 + tint, 1.0, 1.0 - tint].map(|c| c * (0.2 + 0.6 * v)),
        };
        let [r, g, b] = c.map(|v| f64::from((v + n) as f32));
        [r, g, b, change]
    });
    let (w, h) = (size.width as usize, size.height as usize);
    let alpha = Plane::from_fn(w, h, |x, y| {
        let (u, v) = ((x as f64 + 0.5) / w as f64, (y as f64 + 0.5) / h as f64);
        [unorm16(if inside(u, v) || covers(u, v) { 1.0 } else { 0.0 })]
    });
    (guide, alpha)
}

/// The pass, from frame to frame.
struct Pass {
    size: Size,
    light: Storage,
    state: passes::State,
    noise: f64,
    is_denoised: bool,
}

impl Pass {
    fn new(size: Size, noise: f64, is_denoised: bool) -> Self {
        let state = super::state(size, Smooth::Off);
        super::learnt(&state, [noise as f32, 5.0]);
        Self { size, light: Storage::new(gpu(), "light", passes::LIGHT_BYTES), state, noise, is_denoised }
    }

    fn step(&self, (guide, alpha): &(Plane<4>, Mask), dt: f64) {
        let mut rec = Recorder::new(gpu());
        let sums = rec.storage("sums", 16);
        let guide = Guide { plane: plane(gpu(), guide), sums };
        let clock = rec.constants("clock", &[dt as f32, 0.0]);
        let alpha = words(gpu(), alpha);
        assert_eq!(alpha.size, self.size);
        passes::meter(&mut rec, &guide, &alpha, &clock, self.is_denoised, &self.light, &self.state);
        submit(rec);
    }

    /// The gains, what is kept, and the time that it was off.
    fn light(&self) -> Vec<f64> {
        let light: Vec<f32> = gpu().read_storage(&self.light).expect("a readable buffer");
        [0, 1, 2, 4, 5, 6, 7, 8, 9].map(|i| f64::from(light[i])).to_vec()
    }

    fn values(&self) -> [f64; 3] {
        self.light()[3..6].try_into().expect("three")
    }
}

fn flat(light: Light) -> Vec<f64> {
    let own = [light.off, f64::from(u8::from(light.moves)), light.age];
    [gains(light.values), light.values, own].concat()
}

/// The pass equals the float64 mirror from frame to frame, whatever the time between them.
pub fn test() {
    for (size, noise, is_denoised) in [(SIZES[2], 0.01, true), (SIZES[1], 0.003, false)] {
        let pass = Pass::new(size, noise, is_denoised);
        let (mut want, mut wrong) = (Light::default(), Light::default());
        let slow = Rule { time: 3.0, soon: 0.3, ..RULE };
        let (mut got, mut wanted, mut controlled) = (Vec::new(), Vec::new(), Vec::new());
        for frame in 0..48 {
            let person = if frame < 10 { 0.2 } else { 0.5 };
            let change = if frame == 36 { 0.3 } else { 0.01 };
            let dt = [1.0 / 30.0, 0.25, 0.1, 0.4][frame % 4];
            let given = seen(size, if frame > 40 { 0.9 } else { person }, 0.1, false, change);
            pass.step(&given, f64::from(dt as f32));
            let kept = if is_denoised { f64::from(0.4f32) } else { 1.0 };
            let seen = Seen { guide: &given.0, alpha: &given.1, noise: f64::from(pass.noise as f32), kept };
            want = meter(&seen, dt, want, RULE);
            wrong = meter(&seen, dt, wrong, slow);
            got.extend(pass.light());
            wanted.extend(flat(want));
            controlled.extend(flat(wrong));
        }
        // The control: slower.
        holds(&format!("meter {size}"), &got, &wanted, &controlled, TOLERANCE);
    }
}

/// The light follows the person, rests while a hand passes, ends at the same place at any rate, and starts anew in
/// another scene.
pub fn behaves() {
    let size = Size::new(320, 180);
    let dark = seen(size, 0.2, 0.0, false, 0.0);
    let hand = seen(size, 0.2, 0.0, true, 0.0);
    let light = seen(size, 0.5, 0.0, false, 0.0);
    let run = |pass: &Pass, given: &(Plane<4>, Mask), seconds: f64, rate: f64| -> Vec<[f64; 3]> {
        (0..(seconds * rate).round() as usize)
            .map(|_| {
                pass.step(given, 1.0 / rate);
                pass.values()
            })
            .collect()
    };
    let pass = Pass::new(size, 0.003, true);
    run(&pass, &dark, 2.0, 15.0);
    let rested = pass.values();
    note!("a dark person: ln(gain) {:.3}, ln(R/G) {:+.3}, ln(B/G) {:+.3}", rested[0], rested[1], rested[2]);
    assert!(rested[0] > 0.3, "{rested:?}");
    let passing = [run(&pass, &hand, 2.0, 15.0), run(&pass, &dark, 3.0, 15.0)].concat();
    assert!(passing.iter().all(|values| *values == rested), "a hand that passes moves the light");
    // The control: one that stays is taken into account.
    let staying = run(&pass, &hand, 6.0, 15.0);
    assert!(staying.last().is_some_and(|last| (last[0] - rested[0]).abs() > 0.1), "{staying:?}");
    // At any rate of frames it takes the same time.
    let ends = [10.0, 30.0].map(|rate| {
        let pass = Pass::new(size, 0.003, true);
        run(&pass, &dark, 2.0, rate);
        let way = run(&pass, &light, 4.0, rate);
        let step = way.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs() * rate).fold(0.0, f64::max);
        assert!(step < 0.121, "{step} a second");
        pass.values()[0]
    });
    note!("4 s after the light came on: ln(gain) {:.4} at 10 frames a second, {:.4} at 30", ends[0], ends[1]);
    assert!((ends[0] - ends[1]).abs() < 0.02, "{ends:?}");
    // Another scene: at once. And without a person it rests.
    let cut = seen(size, 0.5, 0.0, false, 0.5);
    pass.step(&cut, 1.0 / 30.0);
    let fresh = Pass::new(size, 0.003, true);
    fresh.step(&light, 1.0 / 30.0);
    assert!((0..3).all(|k| (pass.values()[k] - fresh.values()[k]).abs() < 1e-6), "{:?}", pass.values());
    let nobody = (dark.0.clone(), Plane::flat(320, 180, [0.0]));
    let last = pass.values();
    assert!(run(&pass, &nobody, 4.0, 10.0).iter().all(|values| *values == last));
    // Noise bounds it: what is not denoised is not brightened beyond it.
    let noisy = Pass::new(size, 0.02, false);
    noisy.step(&dark, 1.0 / 30.0);
    assert_eq!(noisy.values()[0], 0.0);
    // A room with a tint is drawn to grey.
    let warm = Pass::new(size, 0.003, true);
    warm.step(&seen(size, 0.5, 0.15, false, 0.0), 1.0 / 30.0);
    let [_, red, blue] = warm.values();
    note!("a warm room: ln(R/G) {red:+.3}, ln(B/G) {blue:+.3}");
    assert!(red < -0.03 && blue > 0.03, "{red} {blue}");
}
