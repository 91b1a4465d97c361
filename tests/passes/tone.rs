use gpucam::internals::{gpu::Recorder, passes};

use crate::{
    mirror::{Rgb, light::toned, yuyv},
    support::gpu::{BT601, BT709_FULL, SIZES, gpu, holds_codes, poison_storage, scene, submit, upload},
};

/// A light with these gains.
pub fn light(rec: &Recorder<'_>, gains: [f64; 3]) -> gpucam::internals::gpu::Storage {
    let mut values = [0.0; 12];
    (0..3).for_each(|k| values[k] = gains[k] as f32);
    rec.constants("light", &values)
}

pub fn test() {
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT709_FULL, BT601]) {
        let bytes = scene(size, 41);
        let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
        for gains in [[1.0, 1.0, 1.0], [2.5, 2.2, 1.9], [0.7, 0.75, 0.8]] {
            let mut rec = Recorder::new(gpu());
            let picture = upload(gpu(), &bytes, size, colorimetry);
            let light = light(&rec, gains);
            let packed = passes::tone(&mut rec, &picture, &light).words;
            poison_storage(gpu(), &packed);
            submit(rec);
            let got: Vec<u8> = gpu().read_storage(&packed).expect("a readable buffer");
            let mirror = |more: f64| {
                let lit: Rgb = frame.map(|c| [0, 1, 2].map(|k| toned(c[k], more * gains[k])));
                yuyv::encode(&lit, colorimetry)
            };
            // The control: a twentieth more light. A value halfway between two codes may round to either.
            holds_codes(&format!("tone {size} {gains:?}"), &got, &mirror(1.0), &mirror(1.05), 1);
            assert!(gains != [1.0; 3] || got == bytes, "gains of 1 change a byte");
        }
    }
}

/// The curve keeps the order of brightnesses for every gain that the meter gives, and cuts nothing off below white.
pub fn rises() {
    let curve = |gain: f64| (0..=1000).map(move |i| toned(f64::from(i) / 1000.0, gain));
    for gain in [0.6, 0.8, 1.0, 1.5, 2.5, 2.9] {
        let values: Vec<f64> = curve(gain).collect();
        assert!(values.windows(2).all(|pair| pair[1] > pair[0]), "{gain}");
        assert!(values[0] == 0.0 && (values[1000] - 1.0).abs() < 1e-12 && values[999] < 1.0, "{gain}");
    }
    // The control: a straight line cuts off what is bright.
    assert!((0..1000).any(|i| 1.5 * f64::from(i) / 1000.0 > 1.0));
}
