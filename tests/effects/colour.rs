use gpucam::internals::Colorimetry;

use super::render;
use crate::{
    mirror::{Plane, backdrop, replace, store::unorm16, yuyv},
    support::gpu::{BT601, BT709_FULL, SIZES, blob, holds_codes, scene},
};

/// The YUYV codes of a colour, by the standards.
fn word(colorimetry: Colorimetry, rgb: [u8; 3]) -> [u8; 4] {
    yuyv::word(colorimetry, [rgb.map(|v| f64::from(v) / 255.0); 2])
}

pub fn test() {
    let size = SIZES[2];
    let bytes = scene(size, 75);
    let alpha = blob(size, 76).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
    let nobody = Plane::flat(alpha.width, alpha.height, [0.0]);
    let colours = [
        ("colour", [0x00, 0xb1, 0x40]),
        ("colour:#ff00ff", [255, 0, 255]),
        ("colour:000000", [0; 3]),
        ("colour,colour=#ffffff,wrap=0", [255; 3]),
    ];
    for colorimetry in [BT601, BT709_FULL] {
        let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
        let background = backdrop::backdrop(&frame, &alpha, 12.0);
        let share = replace::share(&frame, &alpha, 12.0);
        for (text, rgb) in colours {
            let exact = word(colorimetry, rgb).repeat(size.area() / 2);
            assert!(
                render(&[text], &bytes, size, colorimetry, &nobody) == exact,
                "{text}: not the exact codes"
            );
            let mirror = |shown: &[u8]| {
                replace::replace(
                    &bytes,
                    size,
                    colorimetry,
                    &alpha,
                    (&background, &share),
                    shown,
                    (None, [1.0; 3]),
                )
            };
            let got = render(&[text], &bytes, size, colorimetry, &alpha);
            let other = word(colorimetry, rgb.map(|v| v ^ 8)).repeat(size.area() / 2);
            // Where the exact value lies between two codes, the GPU may round to either.
            holds_codes(text, &got, &mirror(&exact), &mirror(&other), 1);
        }
    }
}
