use gpucam::internals::{Size, gpu::Recorder, passes};

use super::words;
use crate::{
    mirror::{Mask, Plane, store::unorm16},
    support::gpu::{SIZES, alphas, blob, gpu, holds, poison_storage, submit},
};

/// Half a step of 16 bits, and rounding of f32 sums of a few hundred values.
const TOLERANCE: f64 = 2e-5;

/// The mean over the area of each pixel, in float64.
fn mirror(alpha: &Mask, size: Size) -> Mask {
    let (w, h) = (size.width as usize, size.height as usize);
    let step = [alpha.width as f64 / w as f64, alpha.height as f64 / h as f64];
    // How much of pixel `i` lies between two edges.
    let share = |i: usize, from: f64, to: f64| (to.min(i as f64 + 1.0) - from.max(i as f64)).max(0.0);
    Plane::from_fn(w, h, |x, y| {
        let [left, right] = [x, x + 1].map(|x| x as f64 * step[0]);
        let [top, bottom] = [y, y + 1].map(|y| y as f64 * step[1]);
        let mut sum = 0.0;
        for v in top as usize..(bottom.ceil() as usize).min(alpha.height) {
            for u in left as usize..(right.ceil() as usize).min(alpha.width) {
                sum += share(u, left, right) * share(v, top, bottom) * alpha.at(u, v)[0];
            }
        }
        [unorm16(sum / (step[0] * step[1]))]
    })
}

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let alpha = blob(size, 23).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        for small in [Size::new(192, 108), Size::new(190, 107), size] {
            let mut rec = Recorder::new(gpu);
            let got = passes::shrink(&mut rec, &words(gpu, &alpha), small);
            poison_storage(gpu, &got.words);
            submit(rec);
            assert_eq!(got.size, small);
            let want = mirror(&alpha, small);
            // The control: moved by a pixel.
            let (w, h) = (small.width as usize, small.height as usize);
            let control = Plane::from_fn(w, h, |x, y| want.at((x + 1).min(w - 1), y));
            let what = format!("shrink {size} to {small}");
            holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
        }
    }
}
