//! Shared by the tests of effects on each pixel: frames, the split into person and background, the
//! comparison.

use gpucam::internals::{Colorimetry, Size};

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

/// Two frames: a usual size in BT.601, and an odd one in full-range BT.709. Alpha is 1 in the middle and 0 in
/// the corners.
pub fn test_frames(seed: u64) -> [TestFrame; 2] {
    [(SIZES[1], BT601), (SIZES[2], BT709_FULL)].map(|(size, colorimetry)| {
        let bytes = scene(size, seed);
        let frame = yuyv::decode(&bytes, size, colorimetry);
        let alpha = blob(size, seed + 1).map(|[a]| [unorm16((1.2 * a - 0.1).clamp(0.0, 1.0))]);
        TestFrame { size, colorimetry, bytes, frame, alpha }
    })
}

impl TestFrame {
    /// Checks that the effect `text` gives `want` within `tolerance` codes, and that `control` is further
    /// off.
    pub fn check(&self, text: &str, want: &Rgb, control: &Rgb, tolerance: u8) {
        let got = render(&[text], &self.bytes, self.size, self.colorimetry, &self.alpha);
        let [want, control] = [want, control].map(|picture| yuyv::encode(picture, self.colorimetry));
        holds_codes(&format!("{text} {}", self.size), &got, &want, &control, tolerance);
    }

    /// The blurred background without the person, by which pixels are separated.
    pub fn clean_background(&self) -> Rgb {
        let frame = yuyv::decode_unclamped(&self.bytes, self.size, self.colorimetry);
        backdrop::backdrop(&frame, &self.alpha, 12.0)
    }

    /// Maps each pixel by `f(position, colour, alpha)`.
    pub fn map(&self, f: impl Fn((usize, usize), [f64; 3], f64) -> [f64; 3] + Sync) -> Rgb {
        let (w, h) = (self.frame.width, self.frame.height);
        Rgb::from_fn(w, h, |x, y| f((x, y), self.frame.at(x, y), self.alpha.at(x, y)[0]))
    }

    /// Maps each pixel to alpha f(person) + (1 − alpha) g(background). The person's colour is the pixel's
    /// without the background's share, the background's is the pixel's without the person's share.
    pub fn map_layers(
        &self,
        f: impl Fn([f64; 3]) -> [f64; 3] + Sync,
        g: impl Fn([f64; 3]) -> [f64; 3] + Sync,
    ) -> Rgb {
        let behind = self.clean_background();
        self.map(|(x, y), colour, a| {
            let background = behind.sample_for(x, y, self.frame.width, self.frame.height);
            let share = |c: usize| (colour[c] - (1.0 - a) * background[c]).clamp(0.0, a);
            let person = [0, 1, 2].map(|c| if a > 0.0 { share(c) / a } else { colour[c] });
            let rest =
                [0, 1, 2].map(|c| if a < 1.0 { (colour[c] - a * person[c]) / (1.0 - a) } else { colour[c] });
            let (f, g) = (f(person), g(rest));
            [0, 1, 2].map(|c| a * f[c] + (1.0 - a) * g[c])
        })
    }
}

/// Mixes `from` and `to` by the share of the pixel that belongs to the target `on`.
pub fn blend_target(on: &str, a: f64, from: [f64; 3], to: [f64; 3]) -> [f64; 3] {
    let share = match on {
        "person" => a,
        "background" => 1.0 - a,
        "all" => 1.0,
        other => panic!("{other}"),
    };
    [0, 1, 2].map(|c| from[c] + share * (to[c] - from[c]))
}

/// The colour 0xRRGGBB as R'G'B' 0..1.
pub fn rgb(code: u32) -> [f64; 3] {
    [16, 8, 0].map(|shift| f64::from(code >> shift & 255) / 255.0)
}
