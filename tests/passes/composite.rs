use gpucam::{gpu::Recorder, passes};

use crate::{
    mirror::{
        Plane, composite,
        store::{f16, unorm16},
    },
    support::gpu::{BT601, BT709_FULL, SIZES, blob, gpu, noise, poison_storage, scene, submit, upload},
};

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT709_FULL, BT601]) {
        let bytes = scene(size, 23);
        // The rim, and a person whose middle is exactly 1, so that some words pass untouched.
        let alpha = blob(size, 24).map(|[a]| [unorm16((1.2 * a - 0.1).clamp(0.0, 1.0))]);
        let (w, h) = (size.width.div_ceil(4) as usize, size.height.div_ceil(4) as usize);
        let room =
            Plane::from_fn(w, h, |x, y| [0, 1, 2].map(|k| f16(noise(25, 3 * (y / 4 * w + x / 4) + k))));
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let soft = super::soft(gpu, &room.map(|[r, g, b]| [r, g, b, 1.0]));
        // Another picture than the room, on one of the sizes.
        let other = Plane::from_fn(64, 36, |x, y| [0, 1, 2].map(|k| f16(noise(26, 3 * (y * 64 + x) + k))));
        let (shown, picture) = match size == SIZES[2] {
            true => (&other, super::soft(gpu, &other.map(|[r, g, b]| [r, g, b, 1.0]))),
            false => (&room, soft.clone()),
        };
        let packed = passes::composite(&mut rec, &frame, &super::words(gpu, &alpha), &soft, &picture).words;
        poison_storage(gpu, &packed);
        submit(rec);
        let got: Vec<u8> = gpu.read_storage(&packed).expect("a readable buffer");
        let want = composite::composite(&bytes, size, colorimetry, &alpha, &room, shown);
        let off =
            |control: &[u8]| got.iter().zip(control).map(|(g, w)| g.abs_diff(*w)).max().unwrap_or(u8::MAX);
        // A code that lies between two may be rounded to either.
        println!("composite {size}: {} LSB, control {}", off(&want), off(&bytes));
        assert_eq!(got.len(), want.len());
        assert!(off(&want) <= 1, "{} LSB", off(&want));
        assert!(off(&bytes) > 1, "the control passes");
        let kept = alpha
            .values()
            .as_chunks::<2>()
            .0
            .iter()
            .zip(got.as_chunks::<4>().0.iter().zip(bytes.as_chunks::<4>().0));
        let whole = kept.filter(|(a, _)| **a == [1.0, 1.0]);
        assert!(whole.clone().count() > 100, "no word is all person");
        assert!(whole.clone().all(|(_, (g, b))| g == b), "an all-person word was changed");
    }
}
