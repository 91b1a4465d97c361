use gpucam::{
    gpu::Recorder,
    model::{Grid, Person, Reading},
    passes,
};

use super::guide_of;
use crate::{
    mirror,
    support::gpu::{SIZES, gpu, guide, holds, poison_storage, submit},
};

/// Two f32 roundings of values up to 2.
const TOLERANCE: f64 = 5e-7;

pub fn test() {
    let gpu = gpu();
    for (scale, offset) in [(1.0f32, 0.0f32), (2.0, -1.0)] {
        let rgb = guide_of(SIZES[2], 4);
        let reading = Reading { scale, offset, person: Person::Probability, grid: Grid::Centres };
        let mut rec = Recorder::new(gpu);
        let tensor = rec.storage("tensor", 12 * rgb.data.len() as u64);
        let gain = rec.constants("gain", &[1.75]);
        passes::expose(&mut rec, &guide(gpu, &rgb), &gain, &reading, &tensor);
        poison_storage(gpu, &tensor);
        submit(rec);
        let got: Vec<f32> = gpu.read_storage(&tensor).expect("a readable buffer");
        let got: Vec<f64> = got.into_iter().map(f64::from).collect();
        let mirror = |rgb| mirror::expose::expose(rgb, 1.75, scale.into(), offset.into());
        // The control: red and blue the wrong way round.
        let swapped = rgb.map(|[r, g, b]| [b, g, r]);
        holds("expose", &got, mirror(&rgb).values(), mirror(&swapped).values(), TOLERANCE);
    }
}
