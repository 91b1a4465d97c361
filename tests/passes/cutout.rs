use gpucam::internals::{gpu::Recorder, passes};

use crate::{
    mirror::{
        Plane, cutout,
        store::{f16, unorm16},
    },
    support::{
        gpu::{BT601, BT709_FULL, SIZES, blob, gpu, noise, poison_storage, scene, submit, upload},
        report::{Unit, compared},
    },
};

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT709_FULL, BT601]) {
        let bytes = scene(size, 48);
        let alpha = blob(size, 49).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let (w, h) = (size.width.div_ceil(4) as usize, size.height.div_ceil(4) as usize);
        let background =
            Plane::from_fn(w, h, |x, y| [0, 1, 2].map(|k| f16(noise(50, 3 * (y / 4 * w + x / 4) + k))));
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let blurred = super::weighted(gpu, &background.map(|[r, g, b]| [r, g, b, 1.0]));
        let packed = passes::cutout(&mut rec, &frame, &super::words(gpu, &alpha), &blurred).words;
        poison_storage(gpu, &packed);
        submit(rec);
        let got: Vec<u8> = gpu.read_storage(&packed).expect("a readable buffer");
        let want = cutout::cutout(&bytes, size, colorimetry, &alpha, &background);
        // The controls: no background removed, and no division by alpha.
        let untouched = cutout::cutout(&bytes, size, colorimetry, &alpha, &background.map(|_| [0.0; 3]));
        let off = |other: &[u8]| {
            // Where alpha is close to 0, its last step changes the colour; it is invisible there.
            let words = alpha.values().as_chunks::<2>().0.iter().enumerate();
            let seen = words.filter(|(_, a)| a.iter().all(|a| *a == 0.0 || *a > 0.01));
            let bytes = seen.flat_map(|(i, _)| 4 * i..4 * i + 4);
            bytes.map(|i| got[i].abs_diff(other[i])).max().unwrap_or(u8::MAX)
        };
        note!("cutout {size}: {} LSB, controls {} and {}", off(&want), off(&untouched), off(&bytes));
        compared(Unit::Codes, &format!("cutout {size}"), off(&want).into(), 1.0);
        assert_eq!(got.len(), want.len());
        // A value halfway between two codes may round to either.
        assert!(off(&want) <= 1, "{} LSB", off(&want));
        assert!(off(&untouched) > 1 && off(&bytes) > 1, "a control passes");
    }
}
