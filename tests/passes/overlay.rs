use gpucam::internals::{gpu::Recorder, passes};

use crate::{
    mirror::{Plane, overlay, store::unorm16, yuyv},
    support::gpu::{
        BT601, BT709_FULL, SIZES, blob, gpu, holds_codes, noise, poison_storage, scene, submit, upload,
    },
};

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT709_FULL, BT601]) {
        let bytes = scene(size, 45);
        let alpha = blob(size, 46).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        // Both pixels of a pair have one colour, so that a word holds it whatever the alphas.
        let front = Plane::from_fn(alpha.width, alpha.height, |x, y| {
            [0, 1, 2].map(|k| noise(47, 3 * (y / 8 * 99 + x / 8) + k))
        });
        let codes = yuyv::encode(&front, colorimetry);
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let front_frame = upload(gpu, &codes, size, colorimetry);
        let packed = passes::overlay(&mut rec, &frame, &front_frame, &super::words(gpu, &alpha)).words;
        poison_storage(gpu, &packed);
        submit(rec);
        let got: Vec<u8> = gpu.read_storage(&packed).expect("a readable buffer");
        let mirror = |alpha| {
            overlay::overlay(
                &bytes,
                size,
                colorimetry,
                &yuyv::decode_unclamped(&codes, size, colorimetry),
                alpha,
            )
        };
        let want = mirror(&alpha);
        let control = mirror(&alpha.map(|[a]| [0.95 * a]));
        // A value halfway between two codes may round to either.
        holds_codes(&format!("overlay {size}"), &got, &want, &control, 1);
        let mut whole = [0; 2];
        for (i, a) in alpha.values().as_chunks::<2>().0.iter().enumerate() {
            let word = 4 * i..4 * i + 4;
            match a {
                [0.0, 0.0] => assert_eq!(got[word.clone()], bytes[word]),
                [1.0, 1.0] => assert_eq!(got[word.clone()], codes[word]),
                _ => continue,
            }
            whole[a[0] as usize] += 1;
        }
        assert!(whole.into_iter().all(|n| n > 100), "{whole:?} whole words");
    }
}
