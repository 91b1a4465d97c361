use gpucam::internals::{Size, gpu::Recorder, passes};

use super::words;
use crate::{
    mirror::{Plane, half, store::unorm16},
    support::gpu::{SIZES, alphas, blob, gpu, holds, poison_storage, submit},
};

/// Half a step of 16 bits, and rounding of f32 sums.
const TOLERANCE: f64 = 1e-5;

pub fn test() {
    let more = [(960, 540), (648, 363), (646, 361), (644, 9), (2, 1)].map(|(w, h)| Size::new(w, h));
    for size in SIZES.into_iter().chain(more) {
        let small = half::size(size);
        let alpha = blob(small, 72).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let mut rec = Recorder::new(gpu());
        let got = passes::enlarge(&mut rec, &words(gpu(), &alpha), size);
        poison_storage(gpu(), &got.words);
        submit(rec);
        assert_eq!(got.size, size);
        let want = half::enlarge(&alpha, size);
        // The control: the nearest value, not the mean of four.
        let (w, h) = (size.width as usize, size.height as usize);
        let nearest = Plane::from_fn(w, h, |x, y| alpha.at(x / 2, y / 2));
        // The control differs only where neighbours differ.
        let control =
            if w == 2 { alpha.map(|[a]| [1.0 - a]).values().to_vec() } else { nearest.values().to_vec() };
        holds(&format!("enlarge {size}"), &alphas(gpu(), &got.words), want.values(), &control, TOLERANCE);
    }
}

/// Alpha of exactly 0 or 1 stays exact, or the hidden part would shine through.
pub fn ends() {
    for size in [Size::new(1280, 720), Size::new(646, 361)] {
        let small = half::size(size);
        for end in [0.0, 1.0] {
            let mut rec = Recorder::new(gpu());
            let flat = Plane::flat(small.width as usize, small.height as usize, [end]);
            let got = passes::enlarge(&mut rec, &words(gpu(), &flat), size);
            poison_storage(gpu(), &got.words);
            submit(rec);
            assert!(alphas(gpu(), &got.words).iter().all(|&a| a == end), "{end} at {size}");
        }
    }
}
