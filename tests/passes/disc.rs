use gpucam::internals::{Size, gpu::Recorder, passes};

use super::F16_STEP;
use crate::{
    mirror::{Plane, backdrop, disc, plane::Weighted, store::f16},
    support::gpu::{blob, gap, gpu, halves, holds, noise, poison, submit},
};

pub fn test() {
    let gpu = gpu();
    for (size, radius) in [
        ((320, 180), 6.0),
        ((160, 90), 20.0),
        ((162, 91), 2.7),
        ((40, 23), 60.0),
        ((5, 3), 3.0),
        ((64, 36), 0.3),
    ] {
        let weight = blob(Size::new(size.0, size.1), 43);
        let picture = Plane::from_fn(size.0 as usize, size.1 as usize, |x, y| {
            let w = weight.at(x, y)[0];
            let colour = |k: usize| w * noise(44, 3 * (y * size.0 as usize + x) + k);
            [colour(0), colour(1), colour(2), w].map(f16)
        });
        let mut rec = Recorder::new(gpu);
        let got = passes::disc(&mut rec, &super::weighted(gpu, &picture), radius);
        poison(gpu, &got.plane);
        poison(gpu, &got.eighth);
        submit(rec);
        let (want, control) = (disc::disc(&picture, radius), disc::disc(&picture, 1.5 * radius + 1.0));
        let what = format!("disc {}x{} by {radius}", size.0, size.1);
        // One step of f16; errors of f32 sums over a row are far below it.
        holds(&what, &halves(gpu, &got.plane), want.values(), control.values(), F16_STEP);
        let mean = |picture: &Weighted| backdrop::block_mean(picture, 8).map(|v: [f64; 4]| v.map(f16));
        let what = format!("{what}, an eighth");
        let control = mean(&want.map(|v| v.map(|v| 0.9 * v)));
        holds(&what, &halves(gpu, &got.eighth), mean(&want).values(), control.values(), F16_STEP);
    }
}

/// One white texel on black becomes a disc of even brightness, dark outside.
pub fn point() {
    let gpu = gpu();
    let (side, radius) = (41, 8.0);
    let picture = Plane::from_fn(side, side, |x, y| {
        let white = f64::from(u8::from((x, y) == (20, 20)));
        [white, white, white, 1.0]
    });
    let mut rec = Recorder::new(gpu);
    let blurred = passes::disc(&mut rec, &super::weighted(gpu, &picture), radius).plane;
    submit(rec);
    let got = halves(gpu, &blurred);
    let at = |x: usize, y: usize| got[4 * (y * side + x)];
    // All of the light, spread over the area of π·64 texels; white is 1/.1 in linear light.
    let want = disc::colour(disc::light(1.0) / (std::f64::consts::PI * radius * radius));
    for (x, y) in (0..side).flat_map(|x| (0..side).map(move |y| (x, y))) {
        let away = (x as f64 - 20.0).hypot(y as f64 - 20.0);
        if away < radius - 1.0 {
            // The area of the spans differs slightly from the disc's.
            assert!(gap(&[at(x, y)], &[want]) < 0.02, "{} at {x}, {y}, not {want}", at(x, y));
        } else if away > radius + 1.0 {
            assert!(at(x, y) < 1e-3, "{} at {x}, {y}", at(x, y));
        }
    }
    assert!(want > 0.15, "a point of light is seen: {want}");
}
