use gpucam::{gpu::Recorder, passes};

use super::F16_STEP;
use crate::{
    mirror::{Plane, backdrop, store::f16},
    support::gpu::{gpu, halves, holds, noise, poison, submit},
};

pub fn test() {
    let gpu = gpu();
    for (width, height) in [(320, 180), (160, 90), (162, 91)] {
        let picture = Plane::from_fn(width, height, |x, y| {
            [0, 1, 2, 3].map(|k| f16(noise(20, 4 * (y * width + x) + k) * x as f64 / width as f64))
        });
        let mut rec = Recorder::new(gpu);
        let wide = passes::widen(&mut rec, &super::soft(gpu, &picture));
        poison(gpu, &wide);
        submit(rec);
        let mean = |picture| backdrop::block_mean(picture, 8).map(|v: [f64; 4]| v.map(f16));
        let want = mean(&picture);
        // The control: as if what lies beyond the edge were black.
        let (w, h) = (width.next_multiple_of(8), height.next_multiple_of(8));
        let padded =
            Plane::from_fn(w, h, |x, y| if x < width && y < height { picture.at(x, y) } else { [0.0; 4] });
        let what = format!("widen {width}x{height}");
        holds(&what, &halves(gpu, &wide), want.values(), mean(&padded).values(), F16_STEP);
    }
}
