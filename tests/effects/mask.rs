use gpucam::internals::{Size, effects::Effects};

use super::render;
use crate::{
    mirror::{Mask, Plane, Rgb, store::unorm16, yuyv},
    support::gpu::{BT601, BT709_FULL, SIZES, blob, holds_codes, scene},
};

fn view(name: &str, frame: &Rgb, alpha: &Mask) -> Rgb {
    let (w, h) = (frame.width, frame.height);
    let grey = alpha.map(|[a]| [a; 3]);
    let half = |from: &Rgb, x: usize, y: usize| {
        let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| from.at(2 * x + i, 2 * y + j));
        std::array::from_fn(|c| four.iter().map(|v| v[c]).sum::<f64>() / 4.0)
    };
    Plane::from_fn(w, h, |x, y| match name {
        "mask" => grey.at(x, y),
        "overlay" => {
            let ([a], own) = (alpha.at(x, y), frame.at(x, y));
            let red = [0.9, 0.1, 0.1];
            std::array::from_fn(|c| a * own[c] + (1.0 - a) * (own[c] + red[c]) / 2.0)
        }
        _ => match y.checked_sub((h - h / 2) / 2) {
            Some(y) if y < h / 2 && x < w / 2 => half(frame, x, y),
            Some(y) if y < h / 2 => half(&grey, x - w / 2, y),
            _ => [0.0; 3],
        },
    })
}

pub fn test() {
    for (size, colorimetry) in [(SIZES[1], BT601), (SIZES[2], BT709_FULL), (Size::new(34, 19), BT601)] {
        let bytes = scene(size, 91);
        let alpha = blob(size, 92).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let frame = yuyv::decode(&bytes, size, colorimetry);
        let mirror = |name: &str| yuyv::encode(&view(name, &frame, &alpha), colorimetry);
        for (text, name, other) in [
            ("mask", "mask", "overlay"),
            ("mask:overlay", "overlay", "mask"),
            ("mask,view=side", "side", "mask"),
        ] {
            let got = render(&[text], &bytes, size, colorimetry, &alpha);
            // Where the exact value lies between two codes, the GPU may round to either.
            holds_codes(&format!("{text} {size}"), &got, &mirror(name), &mirror(other), 1);
        }
    }
}

/// Only the view `mask` hides the background.
pub fn hides() {
    let hides = |text: &str| text.parse::<Effects>().unwrap().hides_background();
    assert!(hides("mask") && !hides("mask:overlay") && !hides("mask:side"));
}
