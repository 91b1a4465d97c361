use super::target::{TestFrame, blend_target, rgb, test_frames};
use crate::mirror::Rgb;

/// The veil in float64, written from the description and not from the shader.
fn veil(given: &TestFrame, strength: f64, on: &str) -> Rgb {
    let veil = rgb(0x204080);
    given.map(|_, colour, a| {
        let full = [0, 1, 2].map(|c| (1.0 - strength) * colour[c] + strength * veil[c]);
        blend_target(on, a, colour, full)
    })
}

pub fn test() {
    for given in test_frames(97) {
        for (text, strength, on) in [("tint", 0.5, "background"), ("tint:0.9,on=person", 0.9, "person")] {
            // The control: a little more veil. Where the exact value lies between two codes, the GPU may
            // round to either.
            given.check(text, &veil(&given, strength, on), &veil(&given, strength + 0.05, on), 1);
        }
    }
}
