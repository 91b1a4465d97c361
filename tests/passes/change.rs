use gpucam::{Size, gpu::Recorder, passes};

use super::guide_of;
use crate::{
    mirror::steady,
    support::gpu::{SIZES, floats, gpu, guide, holds, poison, submit},
};

/// Ten f32 roundings of values below 1.
const TOLERANCE: f64 = 1e-6;

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let (now, before) = (guide_of(size, 50), guide_of(size, 51));
        let last = steady::luma_of(&before);
        let mut rec = Recorder::new(gpu);
        let stored: Vec<f32> = last.values().iter().map(|&v| v as f32).collect();
        let stored = rec.constants("last", &stored);
        let change = passes::change(&mut rec, &guide(gpu, &now), &stored);
        assert_eq!(change.size, Size::new(now.width as u32, now.height as u32));
        poison(gpu, &change);
        submit(rec);
        let luma = steady::luma_of(&now);
        let want = steady::change(&luma, &last);
        // The control: no 3x3 mean.
        let control: Vec<f64> = luma.values().iter().zip(last.values()).map(|(a, b)| (a - b).abs()).collect();
        holds(&format!("change {size}"), &floats(gpu, &change), want.values(), &control, TOLERANCE);
    }
}
