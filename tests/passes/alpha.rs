use gpucam::{Size, gpu::Recorder, passes};

use super::guide_of;
use crate::{
    mirror::{self, refine, store::unorm16, yuyv},
    support::gpu::{
        BT601, BT709_FULL, SIZES, alphas, blob, gpu, holds, plane, poison_storage, scene, submit, upload,
    },
};

/// Lines of a slope of up to 50 read at places that f32 knows to 2⁻¹⁵ texels, and half a step of 16 bits.
const TOLERANCE: f64 = 2e-4;

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT601, BT709_FULL]) {
        let bytes = scene(size, 11);
        let rgb = guide_of(size, 11);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 12);
        let lines = refine::coefficients(&rgb, &mask).map(|line| line.map(|v| f64::from(v as f32)));
        let mut rec = Recorder::new(gpu);
        let got = passes::alpha(&mut rec, &upload(gpu, &bytes, size, colorimetry), &plane(gpu, &lines));
        poison_storage(gpu, &got.words);
        submit(rec);
        let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
        let want = mirror::alpha::guided(&frame, &lines).map(|[a]| [unorm16(a)]);
        // The control: the guide without its 3x3 binomial.
        let control = mirror::Plane::from_fn(frame.width, frame.height, |x, y| {
            let ([a, b, c, d], [r, g, s]) =
                (lines.seen_from(x, y, frame.width, frame.height), frame.at(x, y));
            [mirror::smoothstep(0.0, 1.0, a * r + b * g + c * s + d)]
        });
        let what = format!("alpha {size}");
        holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
    }
}
