use gpucam::internals::{
    Colorimetry, Size,
    gpu::Recorder,
    passes::{self, Backdrop},
};

use crate::{
    mirror::{
        Plane, Rgb, composite,
        store::{f16, unorm16},
    },
    support::gpu::{
        BT601, BT709_FULL, SIZES, blob, gpu, holds_codes, noise, poison_storage, scene, submit, upload,
    },
};

pub fn test() {
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT709_FULL, BT601]) {
        [4, 8, 16].into_iter().for_each(|side| at(size, colorimetry, side));
    }
}

fn at(size: Size, colorimetry: Colorimetry, side: u32) {
    let gpu = gpu();
    let bytes = scene(size, 23);
    // A soft rim, a person whose middle is exactly 1, so that some words pass unchanged, and background of
    // exactly 0.
    let alpha = blob(size, 24).map(|[a]| [unorm16((1.2 * a - 0.1).clamp(0.0, 1.0))]);
    let (w, h) = (size.width.div_ceil(side) as usize, size.height.div_ceil(side) as usize);
    let background =
        Plane::from_fn(w, h, |x, y| [0, 1, 2].map(|k| f16(noise(25, 3 * (y / 4 * w + x / 4) + k))));
    let mut rec = Recorder::new(gpu);
    let frame = upload(gpu, &bytes, size, colorimetry);
    let plane = super::weighted(gpu, &background.map(|[r, g, b]| [r, g, b, 1.0]));
    let packed =
        passes::composite(&mut rec, &frame, &super::words(gpu, &alpha), &Backdrop { plane, side }, None)
            .words;
    poison_storage(gpu, &packed);
    submit(rec);
    let got: Vec<u8> = gpu.read_storage(&packed).expect("a readable buffer");
    let mirror =
        |background: &Rgb| composite::composite(&bytes, size, colorimetry, &alpha, background, side as usize);
    let want = mirror(&background);
    // The control: the backdrop shifted by a texel.
    let beside = mirror(&Plane::from_fn(w, h, |x, y| background.clamped(x as isize + 1, y as isize)));
    // A value halfway between two codes may round to either.
    holds_codes(&format!("composite {size}, texels of {side}"), &got, &want, &beside, 1);
    let pairs = alpha.values().as_chunks::<2>().0;
    let words = got.as_chunks::<4>().0.iter().zip(bytes.as_chunks::<4>().0);
    let whole = pairs.iter().zip(words).filter(|(a, _)| **a == [1.0, 1.0]);
    assert!(whole.clone().count() > 100, "no word is all person");
    assert!(whole.clone().all(|(_, (g, b))| g == b), "an all-person word was changed");
    assert!(pairs.iter().filter(|a| **a == [0.0, 0.0]).count() > 100, "no word is all room");
}
