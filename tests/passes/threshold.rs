use gpucam::internals::{gpu::Recorder, passes};

use super::words;
use crate::{
    mirror::{Mask, smoothstep, store::unorm16},
    support::gpu::{SIZES, alphas, blob, gpu, holds, poison_storage, submit},
};

/// Half a step of 16 bits, and rounding of f32: smoothstep over the narrowest pair has a slope of 6.
const TOLERANCE: f64 = 2e-5;

/// The pass in float64, written from its description and not from the shader.
pub fn mirror(alpha: &Mask, low: f64, high: f64) -> Mask {
    alpha.map(|[a]| [unorm16(smoothstep(low, high, a))])
}

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        // A person with a soft rim, as it is stored.
        let alpha = blob(size, 21).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        for (low, high) in [(0.5, 0.75), (0.0, 0.4), (0.25, 1.0)] {
            let mut rec = Recorder::new(gpu);
            let made = passes::threshold(&mut rec, &words(gpu, &alpha), (low, high));
            poison_storage(gpu, &made.words);
            submit(rec);
            let want = mirror(&alpha, low, high);
            // The control: a slightly wider ramp.
            let control = mirror(&alpha, low, high + 0.01);
            let what = format!("threshold {size}");
            holds(&what, &alphas(gpu, &made.words), want.values(), control.values(), TOLERANCE);
        }
    }
}
