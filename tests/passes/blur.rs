use gpucam::internals::{Size, gpu::Recorder, passes};

use super::F16_STEP;
use crate::{
    mirror::{Plane, backdrop, plane::Weighted, store::f16},
    support::gpu::{blob, gpu, halves, holds, noise, poison, submit},
};

fn picture(width: usize, height: usize) -> Weighted {
    let weight = blob(Size::new(width as u32, height as u32), 18);
    Plane::from_fn(width, height, |x, y| {
        let w = weight.at(x, y)[0];
        let colour = |k: usize| w * noise(19, 3 * (y * width + x) + k);
        [colour(0), colour(1), colour(2), w].map(f16)
    })
}

pub fn test() {
    let gpu = gpu();
    for (width, height, sigma) in [
        (320, 180, 3.0),
        (160, 90, 1.5),
        (162, 91, 10.0),
        (40, 23, 3.0),
        (5, 3, 3.0),
        (64, 40, 0.0),
        (40, 400, 113.0),
    ] {
        let picture = picture(width, height);
        let mut rec = Recorder::new(gpu);
        let got = passes::blur(&mut rec, &super::weighted(gpu, &picture), sigma);
        poison(gpu, &got.plane);
        poison(gpu, &got.eighth);
        submit(rec);
        let want = backdrop::blur(&picture, sigma);
        let control =
            if sigma > 0.0 { backdrop::blur(&picture, 0.9 * sigma) } else { backdrop::blur(&picture, 0.4) };
        let what = format!("blur {width}x{height} by {sigma}");
        holds(&what, &halves(gpu, &got.plane), want.values(), control.values(), F16_STEP);
        let mean = |picture: &Weighted| backdrop::block_mean(picture, 8).map(|v: [f64; 4]| v.map(f16));
        // The control: half as bright, and black beyond the edge counts in the means.
        let (w, h) = (width.next_multiple_of(8), height.next_multiple_of(8));
        let inside = |x: usize, y: usize| x < width && y < height;
        let other = |x: usize, y: usize| if inside(x, y) { want.at(x, y).map(|v| v / 2.0) } else { [0.0; 4] };
        let padded = Plane::from_fn(w, h, other);
        let what = format!("{what}, an eighth");
        holds(&what, &halves(gpu, &got.eighth), mean(&want).values(), mean(&padded).values(), F16_STEP);
    }
}

pub fn small() {
    let gpu = gpu();
    for (width, height) in [(40, 23), (5, 3), (16, 16), (80, 45)] {
        let picture = picture(width, height);
        let mut rec = Recorder::new(gpu);
        let blurred = passes::blur_small(&mut rec, &super::weighted(gpu, &picture));
        poison(gpu, &blurred);
        submit(rec);
        let (want, control) = (backdrop::blur(&picture, 3.0), backdrop::blur(&picture, 2.7));
        let what = format!("small blur {width}x{height}");
        holds(&what, &halves(gpu, &blurred), want.values(), control.values(), F16_STEP);
    }
}
