use gpucam::{Size, gpu::Recorder, passes};

use super::guide_of;
use crate::{
    mirror::refine,
    support::gpu::{SIZES, blob, floats, gpu, guide, holds, plane, poison, submit},
};

/// f32 moments against eps = 3e-5 (see statistics), steepened by a remap of slope 2.5.
const TOLERANCE: f64 = 1e-3;

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let rgb = guide_of(size, 7);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 8);
        let mut rec = Recorder::new(gpu);
        let guide = guide(gpu, &rgb);
        let statistics = passes::statistics(&mut rec, &guide);
        let solved = passes::solve(&mut rec, &guide, &statistics, &plane(gpu, &mask));
        poison(gpu, &solved);
        submit(rec);
        let want = refine::sharpen(&rgb, &mask);
        holds(&format!("solve {size}"), &floats(gpu, &solved), want.values(), mask.values(), TOLERANCE);
    }
}
