use gpucam::internals::{Size, gpu::Recorder, passes};

use crate::{
    mirror::alpha,
    support::gpu::{SIZES, alphas, blob, gpu, holds, plane, poison_storage, submit},
};

/// Positions that f32 resolves to 2⁻¹⁵ texels, and half a step of 16 bits.
const TOLERANCE: f64 = 4e-5;

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let mask = blob(Size::new(256, 144), 13);
        let mut rec = Recorder::new(gpu);
        let got = passes::plain(&mut rec, &plane(gpu, &mask), size);
        poison_storage(gpu, &got.words);
        submit(rec);
        let (w, h) = (size.width as usize, size.height as usize);
        let want = alpha::plain(&mask, w, h);
        // The control: shifted by half a pixel.
        let control = crate::mirror::Plane::from_fn(w, h, |x, y| {
            mask.bilinear(x as f64 * 256.0 / w as f64 - 0.5, y as f64 * 144.0 / h as f64 - 0.5)
        });
        let what = format!("plain {size}");
        holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
    }
}
