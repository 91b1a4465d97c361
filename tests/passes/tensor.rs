use gpucam::internals::{
    gpu::{Plane, Recorder},
    passes,
};

use super::guide_of;
use crate::{
    mirror::expose::expose,
    support::gpu::{SIZES, gpu, guide, holds, poison_storage, submit},
};

/// Two roundings of values up to 2.
const TOLERANCE: f64 = 3e-7;

/// With a gain into the model's range, and unchanged.
pub fn test() {
    let gpu = gpu();
    let rgb = guide_of(SIZES[2], 9).map(|rgb| rgb.map(|v| f64::from((1.2 * v - 0.1) as f32)));
    for (gain, scale, offset) in [(1.75f32, 2.0f32, -1.0f32), (1.0, 1.0, 0.0)] {
        let tensor = |bound: f32| {
            let mut rec = Recorder::new(gpu);
            let small: Plane<_> = guide(gpu, &rgb);
            let exposure = rec.constants("exposure", &[gain, scale, offset, bound]);
            let tensor = rec.storage("tensor", 12 * small.size.area() as u64);
            passes::tensor(&mut rec, &small, &exposure, &tensor);
            poison_storage(gpu, &tensor);
            submit(rec);
            let got: Vec<f32> = gpu.read_storage(&tensor).expect("a readable buffer");
            got.into_iter().map(f64::from).collect::<Vec<_>>()
        };
        let want = expose(&rgb, gain.into(), scale.into(), offset.into());
        // Values beyond 0..1 are clipped, or not.
        let uncut = rgb.map(|rgb| rgb.map(|v| f64::from(scale) * (f64::from(gain) * v) + f64::from(offset)));
        holds(&format!("tensor by {gain}"), &tensor(1.0), want.values(), uncut.values(), TOLERANCE);
        holds(
            &format!("tensor by {gain}, uncut"),
            &tensor(f32::MAX),
            uncut.values(),
            want.values(),
            TOLERANCE,
        );
    }
}
