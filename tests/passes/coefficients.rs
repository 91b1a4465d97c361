use gpucam::internals::{
    Size, Smooth,
    gpu::Recorder,
    passes::{self, Guide, LinearModel},
};

use super::{guide_of, learnt, state};
use crate::{
    mirror::{Mask, Plane, refine, temporal, yuyv},
    support::gpu::{
        BT601, BT709_FULL, SIZES, blob, floats, gpu, holds, plane, poison, scene, submit, upload,
    },
};

/// Of alpha: the function at the guide's own colour and 0.1 beside it. f32 moments against eps = 1e-4.
const TOLERANCE: f64 = 1e-4;
/// Of the change that noise explains, and of stillness: eps = 1e-4 leaves three digits of a slope of up to
/// 50, and the steepest of their curves rises by 1 / (.5 n) = 500 for a change that f32 resolves to 1e-7.
const TRUST: f64 = 1e-3;

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT601, BT709_FULL]) {
        let rgb = guide_of(size, 9);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 10);
        let mut rec = Recorder::new(gpu);
        // The change of luma is the fourth channel.
        let changed = blob(Size::new(rgb.width as u32, rgb.height as u32), 11).map(|[v]| [0.06 * v]);
        let texel = |x, y| {
            let [r, g, b] = rgb.at(x, y);
            [r, g, b, changed.at(x, y)[0]]
        };
        let n = 0.006f32;
        let guide = Guide {
            plane: plane(gpu, &Plane::from_fn(rgb.width, rgb.height, texel)),
            sums: rec.storage("sums", 8),
        };
        let state = state(size, Smooth::Auto);
        learnt(&state, [n, 2.0]);
        let frame = upload(gpu, &scene(size, 9), size, colorimetry);
        // A mask that is nowhere saturated: every tile is solved.
        let unsure = plane(gpu, &rgb.map(|_| [0.5]));
        passes::statistics(&mut rec, &guide.plane, &unsure, size, &state);
        let LinearModel { coefficients, confidence } =
            passes::coefficients(&mut rec, &frame, &guide, &plane(gpu, &mask), &state);
        poison(gpu, &coefficients);
        poison(gpu, &confidence);
        submit(rec);
        let near = |[r, g, b]: [f64; 3]| [0.0, 0.1].map(|k| [r + k, g - k, b + k]);
        let at_colours = |coefficients: &Plane<4>| -> Vec<f64> {
            let value = |[a, b, c, d]: [f64; 4], [r, g, s]: [f64; 3]| a * r + b * g + c * s + d;
            let both = |(c, rgb): (&[f64; 4], &[f64; 3])| near(*rgb).map(|rgb| value(*c, rgb));
            coefficients.data.iter().zip(&rgb.data).flat_map(both).collect()
        };
        let of_codes = |([y, cb, cr, d], rgb): (&[f64; 4], &[f64; 3])| {
            near(*rgb).map(|rgb| {
                let codes = yuyv::ycbcr(colorimetry, rgb).map(|code| 16.0 * code);
                y * codes[0] + cb * codes[1] + cr * codes[2] + d
            })
        };
        let data = floats(gpu, &coefficients);
        let got: Vec<f64> = data.as_chunks().0.iter().zip(&rgb.data).flat_map(of_codes).collect();
        let want = refine::coefficients(&rgb, &mask);
        let control = want.map(|[a, b, c, d]| [b, a, c, d]);
        let what = format!("coefficients {size}");
        holds(&what, &got, &at_colours(&want), &at_colours(&control), TOLERANCE);

        let confidence: Vec<f64> =
            floats(gpu, &confidence).as_chunks().0.iter().flat_map(|&[t, s]| [1.0 / t, s]).collect();
        let values = |change: &Mask| -> Vec<f64> {
            let confidence = temporal::confidence(&want, change, n.into());
            confidence.data.iter().flat_map(|&[tight, still]| [1.0 / tight, still]).collect()
        };
        let nothing = changed.map(|_| [0.0]);
        // The control: no 3x3 mean.
        let (mean, control) = (values(&temporal::change(&changed, &nothing)), values(&changed));
        holds(&format!("{what}, confidence"), &confidence, &mean, &control, TRUST);
    }
}
