use gpucam::internals::{gpu::Recorder, passes};

use super::F16_STEP;
use crate::{
    mirror::{Rgb, backdrop, replace, store::unorm16, yuyv},
    support::gpu::{BT601, LARGE, SIZES, blob, gpu, halves, holds, poison, scene, submit, upload},
};

/// Colour over weight, both rounded to f16 four times: a few steps where the weight is small.
const TOLERANCE: f64 = 6.0 * F16_STEP;

pub fn test() {
    let gpu = gpu();
    for (size, strength) in SIZES.into_iter().chain(LARGE).zip([12.0, 40.0, 5.0, 12.0, 30.0]) {
        let bytes = scene(size, 21);
        let alpha = blob(size, 22).map(|[a]| [unorm16(a)]);
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, BT601);
        let background = passes::backdrop(&mut rec, &frame, &super::words(gpu, &alpha), strength);
        poison(gpu, &background);
        submit(rec);
        let texels = halves(gpu, &background);
        let texels = texels.as_chunks::<4>().0;
        let got: Vec<f64> = texels.iter().flat_map(|t| [t[0], t[1], t[2]]).collect();
        let frame = yuyv::decode_unclamped(&bytes, size, BT601);
        let mirror = |alpha| -> Rgb { backdrop::backdrop(&frame, alpha, strength) };
        // The control: a blur that ignores the person.
        let all = alpha.map(|_| [0.0]);
        let what = format!("backdrop {size} by {strength}");
        holds(&what, &got, mirror(&alpha).values(), mirror(&all).values(), TOLERANCE);
        let shares: Vec<f64> = texels.iter().map(|t| t[3]).collect();
        let share = |alpha, strength| replace::share(&frame, alpha, strength);
        let (want, control) = (share(&alpha, strength), share(&all, strength));
        holds(&format!("{what}: share"), &shares, want.values(), control.values(), 2.0 * F16_STEP);
    }
}
