//! What the effects on a part of the picture have in common: a scene, parts of pixels, one comparison.

use gpucam::{Colorimetry, Size};

use super::render;
use crate::{
    mirror::{Mask, Rgb, backdrop, store::unorm16, yuyv},
    support::gpu::{BT601, BT709_FULL, SIZES, blob, holds_codes, scene},
};

/// A frame with a person in it.
pub struct TestFrame {
    pub size: Size,
    pub colorimetry: Colorimetry,
    pub bytes: Vec<u8>,
    pub frame: Rgb,
    pub alpha: Mask,
}

/// A usual size, and an odd one in other codes; the person's middle is 1, the corners are 0.
pub fn test_frames(seed: u64) -> [TestFrame; 2] {
    [(SIZES[1], BT601), (SIZES[2], BT709_FULL)].map(|(size, colorimetry)| {
        let bytes = scene(size, seed);
        let frame = yuyv::decode(&bytes, size, colorimetry);
        let alpha = blob(size, seed + 1).map(|[a]| [unorm16((1.2 * a - 0.1).clamp(0.0, 1.0))]);
        TestFrame { size, colorimetry, bytes, frame, alpha }
    })
}

impl TestFrame {
    /// Draws `text` and holds it to `want` within `tolerance` codes; `control` must be further away.
    pub fn check(&self, text: &str, want: &Rgb, control: &Rgb, tolerance: u8) {
        let got = render(&[text], &self.bytes, self.size, self.colorimetry, &self.alpha);
        let [want, control] = [want, control].map(|picture| yuyv::encode(picture, self.colorimetry));
        holds_codes(&format!("{text} {}", self.size), &got, &want, &control, tolerance);
    }

    /// The estimate of the room that pixels are taken apart with.
    pub fn clean_background(&self) -> Rgb {
        let frame = yuyv::decode_unclamped(&self.bytes, self.size, self.colorimetry);
        backdrop::backdrop(&frame, &self.alpha, 12.0)
    }

    /// Each pixel through `f`: where it is, its colour and its alpha.
    pub fn map(&self, f: impl Fn((usize, usize), [f64; 3], f64) -> [f64; 3] + Sync) -> Rgb {
        let (w, h) = (self.frame.width, self.frame.height);
        Rgb::from_fn(w, h, |x, y| f((x, y), self.frame.at(x, y), self.alpha.at(x, y)[0]))
    }

    /// alpha f(person) + (1 − alpha) g(room) of each pixel, the person being what is left of it without the room's
    /// share, and the room what is left without the person's.
    pub fn map_layers(
        &self,
        f: impl Fn([f64; 3]) -> [f64; 3] + Sync,
        g: impl Fn([f64; 3]) -> [f64; 3] + Sync,
    ) -> Rgb {
        let behind = self.clean_background();
        self.map(|(x, y), colour, a| {
            let room = behind.seen_from(x, y, self.frame.width, self.frame.height);
            let share = |c: usize| (colour[c] - (1.0 - a) * room[c]).clamp(0.0, a);
            let person = [0, 1, 2].map(|c| if a > 0.0 { share(c) / a } else { colour[c] });
            let rest =
                [0, 1, 2].map(|c| if a < 1.0 { (colour[c] - a * person[c]) / (1.0 - a) } else { colour[c] });
            let (f, g) = (f(person), g(rest));
            [0, 1, 2].map(|c| a * f[c] + (1.0 - a) * g[c])
        })
    }
}

/// `to` in place of `from`, by how much of the pixel `on` is.
pub fn blend_target(on: &str, a: f64, from: [f64; 3], to: [f64; 3]) -> [f64; 3] {
    let share = match on {
        "person" => a,
        "background" => 1.0 - a,
        "all" => 1.0,
        other => panic!("{other}"),
    };
    [0, 1, 2].map(|c| from[c] + share * (to[c] - from[c]))
}

/// A code 0xRRGGBB as R'G'B'.
pub fn rgb(code: u32) -> [f64; 3] {
    [16, 8, 0].map(|shift| f64::from(code >> shift & 255) / 255.0)
}
