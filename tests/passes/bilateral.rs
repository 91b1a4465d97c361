use gpucam::internals::{Size, gpu::Recorder, passes};

use crate::{
    mirror::{alpha, yuyv},
    support::{
        gpu::{BT601, SIZES, alphas, blob, gap, gpu, plane, poison_storage, scene, submit, upload},
        report::{Unit, compared},
    },
};

/// Sums of 49 or 81 products of two f32 exponentials, steepened by a remap of slope 6, in 16 bits.
const TOLERANCE: f64 = 1e-4;
/// A nearest fetch whose position is an integer in exact arithmetic, or an 8-bit mask value at a half, may
/// round to either
/// side in f32: there one tap in 49 differs.
const BESIDE: f64 = 1e-3;

pub fn test() {
    let gpu = gpu();
    for (size, mask) in SIZES.into_iter().zip([Size::new(256, 144), Size::new(160, 96), Size::new(256, 144)])
    {
        let bytes = scene(size, 14);
        let mask = blob(mask, 15);
        let mut rec = Recorder::new(gpu);
        let got = passes::bilateral(&mut rec, &upload(gpu, &bytes, size, BT601), &plane(gpu, &mask));
        poison_storage(gpu, &got.words);
        submit(rec);
        let want = alpha::bilateral(&yuyv::decode(&bytes, size, BT601), &mask);
        let got = alphas(gpu, &got.words);
        let off = got.iter().zip(want.values()).filter(|(g, w)| (*g - *w).abs() > TOLERANCE).count();
        let plain = alpha::plain(&mask, size.width as usize, size.height as usize);
        note!("bilateral {size}: {off} of {} beside, {:.2e} at most", got.len(), gap(&got, want.values()));
        compared(Unit::Share, &format!("bilateral {size}"), off as f64 / got.len() as f64, BESIDE);
        assert!((off as f64) < BESIDE * got.len() as f64, "{off} of {} are off", got.len());
        let control = got.iter().zip(plain.values()).filter(|(g, w)| (*g - *w).abs() > TOLERANCE).count();
        assert!(control as f64 > BESIDE * got.len() as f64, "the control passes");
    }
}
