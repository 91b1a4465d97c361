use gpucam::internals::{Size, gpu::Recorder, passes};

use crate::{
    mirror::half,
    support::gpu::{BT601, SIZES, gpu, holds, poison_storage, scene, submit, upload},
};

/// Integer sums: exact.
const TOLERANCE: f64 = 0.0;

pub fn test() {
    // Whole fours of words, single words, an odd number of words, of rows, of both; a single word.
    let more = [(960, 540), (648, 363), (646, 361), (644, 9), (2, 1)].map(|(w, h)| Size::new(w, h));
    for size in SIZES.into_iter().chain(more) {
        let bytes = scene(size, 71);
        let mut rec = Recorder::new(gpu());
        let got = passes::halve(&mut rec, &upload(gpu(), &bytes, size, BT601));
        poison_storage(gpu(), &got.words);
        submit(rec);
        assert_eq!((got.size, got.colorimetry), (half::size(size), BT601));
        let codes = |bytes: &[u8]| -> Vec<f64> { bytes.iter().map(|&code| code.into()).collect() };
        let read: Vec<u8> = gpu().read_storage(&got.words).expect("a readable buffer");
        let want = half::halve(&bytes, size);
        // The control: rounded down.
        let down: Vec<u8> = bytes.iter().map(|code| code.saturating_sub(1)).collect();
        let control = codes(&half::halve(&down, size));
        holds(&format!("halve {size}"), &codes(&read), &codes(&want), &control, TOLERANCE);
    }
}
