use gpucam::internals::{
    Refine, Size, Smooth,
    gpu::Recorder,
    model::{ModelView, OutputDecoding, OutputGrid, Reading},
    passes::Exposure,
    passes::{self, Frame, Shape},
};

use crate::{
    mirror::{Plane, chain, person},
    support::{
        gpu::{BT601, alphas, blob, gpu, plane, scene},
        report::{Unit, compared},
    },
};

/// The share of pixels that may be more than a code of 255 off: where noise or a difference lies between two
/// cases, f32 and f64 may decide differently, and the next frames remember it.
const BESIDE: f64 = 1e-3;

/// From the model's output to alpha, with all state and all skipping: a person in noise who stands, moves and
/// leaves, with wide areas where the model is sure.
pub fn in_time() {
    let gpu = gpu();
    for size in [Size::new(640, 360), Size::new(646, 362)] {
        let (w, h) = chain::mask_size(size);
        let soft = blob(Size::new(w as u32, h as u32), 61);
        let here = soft.map(|[p]| [f64::from(((p - 0.2) / 0.6).clamp(0.0, 1.0) as f32)]);
        let moved = |dx: isize, dy: isize| {
            Plane::from_fn(w, h, |x, y| here.clamped(x as isize - dx, y as isize - dy))
        };
        let nobody = here.map(|_| [0.0]);
        let first = scene(size, 62);
        // The same background with a little noise.
        let noisy = |seed: u64| -> Vec<u8> {
            let code = |(i, &code): (usize, &u8)| {
                let noise = (4.0 * (crate::support::gpu::noise(seed, i) - 0.5)).round() as i16;
                (i16::from(code).clamp(20, 235) + noise) as u8
            };
            first.iter().enumerate().map(code).collect()
        };

        let mut rec = Recorder::new(gpu);
        let frame = Frame::new(rec.storage("frame", first.len() as u64), size, BT601);
        let state = super::state(size, Smooth::Auto);
        let guide = passes::guide(&mut rec, &frame, Size::new(w as u32, h as u32), &state);
        let reading =
            Reading { scale: 1.0, offset: 0.0, person: OutputDecoding::Logit, grid: OutputGrid::Centres };
        passes::expose(&mut rec, &guide, Exposure::Auto, &reading, &state);
        let probability = plane(gpu, &here);
        let view = ModelView::whole(probability.size);
        let (how, smooth, shape) = (Refine::Guided, Smooth::Auto, Shape::default());
        let fitted =
            passes::fit_mask(&mut rec, how, shape, &probability, view, OutputGrid::Centres, guide.plane.size);
        let got = passes::refine(&mut rec, how, smooth, shape, &frame, &guide, &fitted, None, &state);
        let recording = rec.finish();

        let settings = chain::Settings {
            colorimetry: BT601,
            refine: chain::Refine::Guided,
            strength: 12.0,
            net: (w, h),
            content: crate::mirror::preprocess::Content { x: 0, y: 0, width: w, height: h },
            grid: person::Grid::Centres,
        };
        let mut memory = None;
        let masks =
            [&here, &here, &here, &moved(1, 0), &moved(40, 20), &moved(40, 20), &nobody, &nobody, &here];
        for (n, mask) in masks.into_iter().enumerate() {
            let bytes = noisy(63 + n as u64);
            gpu.queue().write_buffer(&frame.words.buffer, frame.words.offset, &bytes);
            let texels: Vec<f32> = mask.values().iter().map(|&v| v as f32).collect();
            gpu.write_plane(&probability, bytemuck::cast_slice(&texels));
            recording.submit(gpu);
            let got = alphas(gpu, &got.words);
            let off = |want: &[f64]| {
                let off =
                    got.iter().zip(want).filter(|(got, want)| (*got - *want).abs() > 1.0 / 255.0).count();
                off as f64 / got.len() as f64
            };
            let own = off(chain::temporal_alpha(&bytes, size, mask, settings, &mut memory).values());
            // The control: each frame by itself.
            let control = off(chain::alpha(&bytes, size, mask, settings).values());
            note!("refine {size}, frame {n}: {own:.1e} of the pixels a code off, control {control:.1e}");
            compared(Unit::Share, &format!("refine {size}, frame {n}"), own, BESIDE);
            assert!(own <= BESIDE, "{size}, frame {n}: {own:e} of the pixels are off");
            assert!(
                ![1, 2, 5].contains(&n) || control > BESIDE,
                "{size}, frame {n}: without a memory it passes too"
            );
        }
    }
}
