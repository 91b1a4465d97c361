use gpucam::{
    gpu::{Four, Plane, Recorder},
    passes,
};

use super::guide_of;
use crate::support::gpu::{SIZES, gpu, plane, poison_storage, submit};

/// The numbers as they are: not one is computed.
pub fn test() {
    let gpu = gpu();
    let rgb = guide_of(SIZES[2], 9);
    let input: Plane<Four> = plane(gpu, &rgb.map(|[r, g, b]| [r, g, b, 0.0]));
    let mut rec = Recorder::new(gpu);
    let tensor = rec.storage("tensor", 12 * input.size.area() as u64);
    passes::tensor(&mut rec, &input, &tensor);
    poison_storage(gpu, &tensor);
    submit(rec);
    let got: Vec<f32> = gpu.read_storage(&tensor).expect("a readable buffer");
    let want: Vec<f32> = rgb.values().iter().map(|&value| value as f32).collect();
    assert_eq!(got, want);
    // The control: red and blue the wrong way round.
    let swapped = rgb.map(|[r, g, b]| [b, g, r]);
    assert_ne!(got, swapped.values().iter().map(|&value| value as f32).collect::<Vec<_>>());
}
