use gpucam::internals::{
    Size, Smooth,
    gpu::{Recorder, Storage},
    model::{OutputDecoding, OutputGrid, Reading},
    passes::{self, Exposure, Guide},
};

use super::{guide_of, learnt, state};
use crate::{
    mirror::{self, Mask, chain, temporal},
    support::gpu::{BT601, SIZES, gpu, guide, holds, poison_storage, scene, submit, upload},
};

/// A gain of up to 4 from a mean that f32 resolves to 2⁻²⁴ · 20, and two roundings of values up to 2.
const TOLERANCE: f64 = 6e-6;
/// Sums in f32 of values below 3 n.
const NOISE: f64 = 1e-6;

fn reading(scale: f32, offset: f32) -> Reading {
    Reading { scale, offset, person: OutputDecoding::Probability, grid: OutputGrid::Centres }
}

pub fn test() {
    let gpu = gpu();
    let cases = [
        (1.0f32, 0.0f32, 0.4, Exposure::Auto),
        (2.0, -1.0, 1.0, Exposure::Auto),
        (2.0, -1.0, 0.1, Exposure::Auto),
        (1.0, 0.0, 0.4, Exposure::Off),
    ];
    for (scale, offset, dim, exposure) in cases {
        let rgb = guide_of(SIZES[2], 4).map(|rgb| rgb.map(|v| f64::from((dim * v) as f32)));
        let total: f64 = temporal::luma_of(&rgb).values().iter().sum();
        let mut rec = Recorder::new(gpu);
        let plane = guide(gpu, &rgb);
        // Its luma split into 70 sums of different sizes.
        let shares: Vec<f32> = (0..70).flat_map(|i| [(total * f64::from(i) / 2415.0) as f32, 0.0]).collect();
        let known = Guide { plane, sums: rec.constants("sums", &shares) };
        let state = state(SIZES[2], Smooth::Auto);
        let got = passes::expose(&mut rec, &known, exposure, &reading(scale, offset), &state);
        poison_storage(gpu, &got);
        submit(rec);
        let got: Vec<f32> = gpu.read_storage(&got).expect("a readable buffer");
        let got: Vec<f64> = got.into_iter().map(f64::from).collect();
        let gain = match exposure {
            Exposure::Auto => mirror::expose::meter(&rgb),
            Exposure::Off => 1.0,
        };
        let want = |gain| [gain, scale.into(), offset.into(), 1.0];
        // The control: the gain of another picture.
        holds(&format!("expose by {gain:.2}"), &got, &want(gain), &want(0.99 * gain), TOLERANCE);
    }
}

/// Consecutive frames: the guide's sums, and the noise learnt from them.
pub fn learns() {
    const FLOOR: f64 = 1.0 / 1024.0;
    let gpu = gpu();
    for size in SIZES {
        let (width, height) = chain::mask_size(size);
        let rec = Recorder::new(gpu);
        let frame = upload(gpu, &scene(size, 60), size, BT601);
        let frame = passes::Frame { words: Storage::new(gpu, "frame", size.yuyv_bytes() as u64), ..frame };
        let mut rec = rec;
        let state = state(size, Smooth::Auto);
        let guide = passes::guide(&mut rec, &frame, Size::new(width as u32, height as u32), &state);
        passes::expose(&mut rec, &guide, Exposure::Auto, &reading(1.0, 0.0), &state);
        let recording = rec.finish();
        let (mut before, mut noise): (Option<Mask>, _) = (None, temporal::START);
        // Noisy frames, then one repeated: the estimate falls, but not below its floor.
        for (count, seed) in [60, 61, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63].into_iter().enumerate() {
            let bytes = scene(size, seed);
            gpu.queue().write_buffer(&frame.words.buffer, 0, &bytes);
            recording.submit(gpu);
            let luma = temporal::luma_of(&chain::guide(&bytes, size, BT601));
            // The control: an estimate that starts at half of it.
            let mut control = noise / 2.0;
            if let Some(before) = &before {
                control = temporal::noise(control, &luma, before);
                noise = temporal::noise(noise, &luma, before);
            }
            let got: Vec<f32> = gpu.read_storage(&state.noise).expect("a readable buffer");
            // At the floor, the start no longer matters.
            let control = if noise == FLOOR { 2.0 * FLOOR } else { control };
            let what = format!("noise {size} frame {count}");
            holds(&what, &[f64::from(got[0])], &[noise], &[control], NOISE);
            assert_eq!(got[1], count as f32 + 1.0, "frames seen");
            before = Some(luma);
        }
        assert_eq!(noise, FLOOR);
    }
}

/// When the count of frames starts from 0 again, the estimate stays, and the first frame teaches nothing.
pub fn cut() {
    let gpu = gpu();
    let rgb = guide_of(SIZES[1], 61);
    let mut rec = Recorder::new(gpu);
    let state = state(SIZES[1], Smooth::Auto);
    learnt(&state, [0.017, 0.0]);
    let sums = rec.constants("sums", &[0.4 * rgb.data.len() as f32, 0.02 * rgb.data.len() as f32]);
    let known = Guide { plane: guide(gpu, &rgb), sums };
    passes::expose(&mut rec, &known, Exposure::Auto, &reading(1.0, 0.0), &state);
    let recording = rec.finish();
    recording.submit(gpu);
    let noise: Vec<f32> = gpu.read_storage(&state.noise).expect("a readable buffer");
    assert_eq!(noise, [0.017, 1.0]);
    // The control: the next one does.
    recording.submit(gpu);
    let noise: Vec<f32> = gpu.read_storage(&state.noise).expect("a readable buffer");
    let want = 0.8 * 0.017 + 0.2 * 0.02 / 1.128;
    assert!((f64::from(noise[0]) - want).abs() < NOISE && noise[1] == 2.0, "{noise:?}");
}
