use gpucam::internals::{
    gpu::Recorder,
    passes::{self, Blend, Wrap},
};

use crate::{
    mirror::{
        Plane, replace,
        store::{f16, unorm16},
    },
    support::gpu::{
        BT601, BT709_FULL, SIZES, blob, gpu, holds_codes, noise, poison_storage, scene, submit, upload,
    },
};

pub fn test() {
    let gpu = gpu();
    let cases = [
        (SIZES[0], BT601, Some((0.3, Blend::Screen)), [1.0; 3]),
        (SIZES[1], BT709_FULL, Some((1.0, Blend::Dodge)), [1.2, 1.1, 0.9]),
        (SIZES[1], BT601, Some((1.0, Blend::Screen)), [1.0; 3]),
        (SIZES[2], BT709_FULL, None, [1.0; 3]),
        (SIZES[2], BT601, None, [0.8, 0.9, 0.85]),
        (SIZES[2], BT601, Some((0.0, Blend::Dodge)), [1.0; 3]),
    ];
    for (size, colorimetry, wrapped, gains) in cases {
        let (bytes, other) = (scene(size, 27), scene(size, 28));
        // Pairs that are all person, and pairs without any.
        let alpha = blob(size, 29).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let (w, h) = (size.width.div_ceil(4) as usize, size.height.div_ceil(4) as usize);
        let plane = |seed| {
            Plane::from_fn(w, h, move |x, y| [0, 1, 2].map(|k| f16(noise(seed, 3 * (y / 4 * w + x / 4) + k))))
        };
        let (background, light) = (plane(30), plane(31));
        // No background at all around the left, and more than enough around the right.
        let share = Plane::from_fn(w, h, |x, _| [f16((1.5 * x as f64 / w as f64 - 0.5).clamp(0.0, 1.0))]);
        let with = |background: &Plane<3>, d: &Plane<1>| {
            Plane::from_fn(w, h, |x, y| {
                let ([r, g, b], [d]) = (background.at(x, y), d.at(x, y));
                [r, g, b, d]
            })
        };
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let picture = upload(gpu, &other, size, colorimetry);
        let background_plane = super::weighted(gpu, &with(&background, &share));
        let light_plane = super::weighted(gpu, &light.map(|[r, g, b]| [r, g, b, 1.0]));
        let wrap = wrapped.map(|(strength, blend)| Wrap { light: &light_plane, strength, blend });
        let alphas = super::words(gpu, &alpha);
        let own_light = super::tone::light(&rec, gains);
        let packed =
            passes::replace(&mut rec, &frame, &alphas, &background_plane, &picture, wrap, &own_light).words;
        poison_storage(gpu, &packed);
        submit(rec);
        let got: Vec<u8> = gpu.read_storage(&packed).expect("a readable buffer");
        let mirror = |strength: Option<(f64, Blend)>| {
            let wrap = strength.map(|(strength, blend)| (&light, strength, blend));
            replace::replace(&bytes, size, colorimetry, &alpha, (&background, &share), &other, (wrap, gains))
        };
        let want = mirror(wrapped);
        // The control: the light combined otherwise.
        let control = mirror(match wrapped {
            Some((strength, _)) if strength > 0.0 => Some((0.8 * strength, Blend::Screen)),
            _ => Some((0.1, Blend::Screen)),
        });
        // A value halfway between two codes may round to either.
        holds_codes(&format!("replace {size} {wrapped:?}"), &got, &want, &control, 1);
        keeps(
            &got,
            &alpha,
            &bytes,
            &other,
            gains == [1.0; 3] && wrapped.is_none_or(|(strength, _)| strength == 0.0),
        );
    }
}

/// Whole words: the picture's where alpha is 0, the frame's where alpha is 1.
fn keeps(got: &[u8], alpha: &Plane<1>, bytes: &[u8], other: &[u8], unlit: bool) {
    let words = |of: &[u8]| of.as_chunks::<4>().0.to_vec();
    let (got, bytes, other) = (words(got), words(bytes), words(other));
    let (mut rooms, mut persons) = (0, 0);
    for (i, a) in alpha.values().as_chunks::<2>().0.iter().enumerate() {
        if *a == [0.0; 2] {
            assert_eq!(got[i], other[i]);
            rooms += 1;
        } else if *a == [1.0; 2] && unlit {
            assert_eq!(got[i], bytes[i]);
            persons += 1;
        }
    }
    assert!(rooms > 100 && (persons > 100 || !unlit), "{rooms} and {persons} words");
}
