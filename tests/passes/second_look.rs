use gpucam::internals::{Size, gpu::Recorder, passes};

use super::person_box::boxed;
use crate::{
    mirror::look,
    support::gpu::{blob, floats, gpu, holds, plane, poison, submit},
};

/// A logit of up to 6 in f32 changes p by a quarter of its error; drivers take ln and exp to some 1e-6 of themselves,
/// and positions of up to 256 texels to 2⁻¹⁵.
const TOLERANCE: f64 = 1e-4;

pub fn test() {
    let gpu = gpu();
    let (usual, odd) = (Size::new(256, 144), Size::new(257, 143));
    // Inside the frame, at its lower edge, in its corner, and as wide as it.
    let cases = [
        ([1280.0f32, 720.0], usual, [128.0f32, 64.0, 768.0, 640.0]),
        ([1280.0, 720.0], usual, [320.0, 160.0, 832.0, 720.0]),
        ([646.0, 362.0], odd, [320.0, 0.0, 646.0, 362.0]),
        ([646.0, 362.0], odd, [0.0, 32.0, 646.0, 240.0]),
    ];
    for ([w, h], size, edges) in cases {
        let (mask, close) = (blob(size, 41), blob(Size::new(256, 256), 42));
        let run = |looks| {
            let mut rec = Recorder::new(gpu);
            let frame = Size::new(w as u32, h as u32);
            let person = boxed(edges, looks);
            let seen = passes::second_look(&mut rec, &plane(gpu, &mask), &plane(gpu, &close), &person, frame);
            poison(gpu, &seen);
            submit(rec);
            floats(gpu, &seen)
        };
        let mirror = |ramp| {
            let frame = (f64::from(w), f64::from(h));
            look::mixed(&mask, &close, edges.map(f64::from), frame, 0.6, ramp)
        };
        let (want, control) = (mirror(4.0), mirror(5.0));
        holds(&format!("second_look {size}"), &run(true), want.values(), control.values(), TOLERANCE);
        // A frame without a box keeps its mask to the bit.
        assert!(run(false).iter().zip(mask.values()).all(|(got, want)| got == want));
        assert!(want.values() != mask.values(), "nothing was mixed");
    }
}
