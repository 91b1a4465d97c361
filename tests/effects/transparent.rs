use super::render;
use crate::{
    mirror::{backdrop, cutout, store::unorm16, yuyv},
    support::gpu::{BT601, BT709_FULL, SIZES, blob, holds_codes, scene},
};

pub fn test() {
    for (size, colorimetry) in [(SIZES[1], BT601), (SIZES[2], BT709_FULL)] {
        let bytes = scene(size, 84);
        // No alpha so low that one step of it changes the colour visibly.
        let alpha = blob(size, 85).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let alpha = alpha.map(|[a]| [if a < 0.05 { 0.0 } else { a }]);
        let background = backdrop::backdrop(&yuyv::decode_unclamped(&bytes, size, colorimetry), &alpha, 12.0);
        let got = render(&["transparent"], &bytes, size, colorimetry, &alpha);
        let mirror = |background| cutout::cutout(&bytes, size, colorimetry, &alpha, background);
        let darker = background.map(|rgb| rgb.map(|v| 0.9 * v));
        // The background's estimate is a few f16 steps off, divided by an alpha of at least 0.05.
        holds_codes(&format!("transparent {size}"), &got, &mirror(&background), &mirror(&darker), 6);
    }
}
