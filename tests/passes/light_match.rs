use gpucam::internals::{
    gpu::{Recorder, Storage},
    passes,
};

use super::words;
use crate::{
    mirror::{
        Plane, Rgb,
        light::{gains, light_match},
        store::unorm16,
        yuyv,
    },
    support::gpu::{BT601, BT709_FULL, SIZES, blob, gpu, holds, scene, submit, upload},
};

/// f32: sums of nine thousand terms, and logarithms of them.
const TOLERANCE: f64 = 5e-5;

/// First at once, then a part of the way.
pub fn test() {
    for (size, colorimetry) in [(SIZES[2], BT601), (SIZES[1], BT709_FULL)] {
        let alpha = blob(size, 61).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let bytes = scene(size, 62);
        let frame = yuyv::decode(&bytes, size, colorimetry);
        let (w, h) = (size.width as usize, size.height as usize);
        // A bright and warm picture, then a dark one.
        let pictures = [[0.9, 0.7, 0.5], [0.1, 0.12, 0.2]].map(|c| {
            let shown: Rgb = Plane::from_fn(w, h, |x, _| c.map(|v| v * (0.5 + 0.5 * x as f64 / w as f64)));
            yuyv::encode(&shown, colorimetry)
        });
        let light = Storage::new(gpu(), "light", passes::LIGHT_BYTES);
        let goal = |picture: &[u8], strength: f64| {
            light_match(&frame, &alpha, &yuyv::decode(picture, size, colorimetry), strength)
                .expect("a person")
        };
        let mut last = None::<[f64; 3]>;
        for (picture, strength, dt) in
            [(&pictures[0], 0.3, 0.0), (&pictures[1], 1.0, 0.5), (&pictures[1], 1.0, 9.0)]
        {
            let mut rec = Recorder::new(gpu());
            let own = upload(gpu(), &bytes, size, colorimetry);
            let other = upload(gpu(), picture, size, colorimetry);
            let seconds = rec.constants("seconds", &[dt as f32]);
            passes::light_match(&mut rec, &own, &words(gpu(), &alpha), &other, strength, &seconds, &light);
            submit(rec);
            let next = |time: f64| -> [f64; 3] {
                let goal = goal(picture, strength);
                let share = if last.is_none() { 1.0 } else { 1.0 - (-dt / time).exp() };
                std::array::from_fn(|k| {
                    let from = last.map_or(0.0, |last| last[k]);
                    from + share * (goal[k] - from)
                })
            };
            let got: Vec<f32> = gpu().read_storage(&light).expect("a readable buffer");
            let got: Vec<f64> = [0, 1, 2, 4, 5, 6].map(|i| f64::from(got[i])).to_vec();
            let all = |values: [f64; 3]| [gains(values), values].concat();
            // The control: a little more, or faster.
            let control = next(2.0).map(|v| 1.01 * v);
            holds(&format!("light_match {size}, {dt} s"), &got, &all(next(3.0)), &all(control), TOLERANCE);
            last = Some(next(3.0));
        }
    }
}
