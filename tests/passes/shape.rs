//! The passes grow, feather and islands, and the order of the mask's shapes.

use gpucam::internals::{
    Size,
    gpu::Recorder,
    passes::{self, Alpha, Shape},
};

use super::{threshold, words};
use crate::{
    mirror::{Mask, Plane, shape, store::unorm16},
    support::gpu::{SIZES, alphas, blob, floats, gpu, holds, noise, plane, poison, poison_storage, submit},
};

/// Half a step of 16 bits, and rounding of f32 sums.
const TOLERANCE: f64 = 2e-5;

/// A person with a soft rim, and a little noise.
fn alpha(size: Size, seed: u64) -> Mask {
    blob(size, seed).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))])
}

fn run(alpha: &Mask, record: impl Fn(&mut Recorder<'_>, Alpha) -> Alpha) -> Vec<f64> {
    let gpu = gpu();
    let mut rec = Recorder::new(gpu);
    let made = record(&mut rec, words(gpu, alpha));
    poison_storage(gpu, &made.words);
    submit(rec);
    alphas(gpu, &made.words)
}

pub fn grow() {
    for (size, radius) in
        [(SIZES[1], 6.0), (SIZES[2], -3.5), (SIZES[2], 1.0), (SIZES[2], 0.9), (Size::new(64, 36), 20.0)]
    {
        let alpha = alpha(size, 22);
        let got = run(&alpha, |rec, a| passes::grow(rec, &a, radius));
        let (want, control) = (shape::grow(&alpha, radius), shape::grow(&alpha, radius + 0.5));
        // The first direction is stored in steps of 2⁻¹⁶, and steepening multiplies them by the radius.
        let tolerance = TOLERANCE + radius.abs() / 65535.0;
        holds(&format!("grow {size} {radius}"), &got, want.values(), control.values(), tolerance);
    }
    // A disc: one pixel of person becomes a circle of radius 8 in every direction.
    let size = Size::new(64, 48);
    let dot = Plane::from_fn(64, 48, |x, y| [if (x, y) == (30, 20) { 1.0 } else { 0.0 }]);
    let got = run(&dot, |rec, a| passes::grow(rec, &a, 8.0));
    let at = |x: usize, y: usize| got[y * size.width as usize + x];
    assert!(at(30, 20) == 1.0 && at(37, 20) > 0.9 && at(39, 20) < 0.1 && at(30, 29) < 0.1);
    assert!(at(35, 25) > 0.9, "7.1 away");
    assert!(at(37, 27) < 0.1, "9.9 away: a square would have it");
    // Nobody stays nobody, and all person stays that, whatever the radius.
    for radius in [1e-6, 0.1, 0.25, 0.5, 0.9, 1.0, 8.0] {
        for (all, radius) in [(0.0, radius), (1.0, -radius)] {
            let made = run(&dot.map(|_| [all]), |rec, a| passes::grow(rec, &a, radius));
            assert!(made.iter().all(|a| *a == all), "{radius} changes {all}");
        }
    }
}

pub fn feather() {
    for (size, sigma) in [(SIZES[0], 2.0), (SIZES[2], 0.4), (SIZES[2], 5.0), (Size::new(64, 36), 15.0)] {
        let alpha = alpha(size, 23);
        let got = run(&alpha, |rec, a| passes::feather(rec, &a, sigma));
        let (want, control) = (shape::feather(&alpha, sigma), shape::feather(&alpha, 1.1 * sigma));
        // Two roundings to 16 bits, and sums of up to 91 f32 terms.
        holds(&format!("feather {size} {sigma}"), &got, want.values(), control.values(), 2.0 * TOLERANCE);
    }
}

pub fn islands() {
    let gpu = gpu();
    for size in [Size::new(256, 144), Size::new(37, 23)] {
        let (w, h) = (size.width as usize, size.height as usize);
        // Random texels grow together into parts of every shape near the percolation threshold of 0.593.
        let random = Plane::from_fn(w, h, |x, y| {
            let v = noise(24, y * w + x);
            [f64::from(if v < 0.57 { 0.1 + 0.9 * v } else { 0.09 * v } as f32)]
        });
        // One part that winds through the whole picture, and dots beside it.
        let snake = Plane::from_fn(w, h, |x, y| {
            let wall = y % 4 == 0 || (y % 4 == 2 && x % 7 == 0);
            let door = x == if y / 4 % 2 == 0 { w - 1 } else { 0 };
            [if wall || (door && y % 4 != 2) { 1.0 } else { 0.0 }]
        });
        for (what, mask, least) in [("random", &random, 30), ("snake", &snake, 5), ("all stays", &random, 0)]
        {
            let mut rec = Recorder::new(gpu);
            let share = (f64::from(least) - 0.5).max(0.0) / (w * h) as f64;
            let kept = passes::islands(&mut rec, &plane(gpu, mask), share);
            poison(gpu, &kept);
            submit(rec);
            let want = shape::islands(mask, least as usize);
            let control = shape::islands(mask, if least == 0 { 2 } else { 2 * least as usize * w * h });
            // Values of the input, or zero.
            holds(&format!("{what} {size}"), &floats(gpu, &kept), want.values(), control.values(), 1e-7);
            if least > 0 {
                assert!(want != *mask && want.values().iter().any(|p| *p > 0.1), "{what}: nothing to do");
            }
        }
    }
}

/// The default records nothing; otherwise thresholds come first, then the disc, then the blur.
pub fn order() {
    let size = Size::new(128, 72);
    let alpha = alpha(size, 25);
    let gpu = gpu();
    let mut rec = Recorder::new(gpu);
    let same = passes::shape(&mut rec, words(gpu, &alpha), Shape::default());
    assert_eq!(rec.finish().names().len(), 0, "the default costs nothing");
    assert_eq!(alphas(gpu, &same.words), alpha.values());
    let all = Shape { threshold: (0.3, 0.8), grow: 20.0, feather: 10.0, islands: 0.0 };
    let got = run(&alpha, |rec, a| passes::shape(rec, a, all));
    // Lengths are pixels of 720 rows: 2 and 1 here.
    let want = shape::feather(&shape::grow(&threshold::mirror(&alpha, 0.3, 0.8), 2.0), 1.0);
    let control = shape::grow(&shape::feather(&threshold::mirror(&alpha, 0.3, 0.8), 1.0), 2.0);
    holds("shape", &got, want.values(), control.values(), 4.0 * TOLERANCE);
}
