use gpucam::{gpu::Recorder, passes};

use super::guide_of;
use crate::{
    mirror::{Mask, steady},
    support::gpu::{SIZES, gpu, guide, holds, submit},
};

/// 144 f32 additions a lane, then a tree, of values below 3 n.
const TOLERANCE: f64 = 1e-6;
const FLOOR: f64 = 1.0 / 1024.0;

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let rec = Recorder::new(gpu);
        let texels = guide_of(size, 0).data.len();
        let (last, state) = (rec.storage("last", 4 * texels as u64), rec.storage("state", 8));
        let (mut before, mut noise): (Option<Mask>, _) = (None, steady::START);
        // Noisy frames, then one repeated: the estimate falls, but not below its floor.
        for (frame, seed) in [60, 61, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63].into_iter().enumerate() {
            let rgb = guide_of(size, seed);
            let mut rec = Recorder::new(gpu);
            passes::noise(&mut rec, &guide(gpu, &rgb), &last, &state);
            submit(rec);
            let luma = steady::luma_of(&rgb);
            // The control: an estimate that began at half of it.
            let mut control = noise / 2.0;
            if let Some(before) = &before {
                control = steady::noise(control, &luma, before);
                noise = steady::noise(noise, &luma, before);
            }
            let got: Vec<f32> = gpu.read_storage(&state).expect("a readable buffer");
            let kept: Vec<f32> = gpu.read_storage(&last).expect("a readable buffer");
            let what = format!("noise {size} frame {frame}");
            // At the floor nothing is left of where it began.
            let control = if noise == FLOOR { 2.0 * FLOOR } else { control };
            holds(&what, &[f64::from(got[0])], &[noise], &[control], TOLERANCE);
            assert_eq!(got[1], frame as f32 + 1.0, "frames seen");
            assert!(kept.iter().zip(luma.values()).all(|(k, l)| (f64::from(*k) - l).abs() < 1e-6));
            before = Some(luma);
        }
        assert_eq!(noise, FLOOR);
    }
}
