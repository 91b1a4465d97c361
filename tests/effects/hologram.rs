use std::time::Duration;

use super::{
    render_at,
    target::{TestFrame, blend_target, test_frames},
};
use crate::{
    mirror::{Rgb, yuyv},
    support::gpu::codes_apart,
};

/// One step of PCG-RXS-M-XS from `v`: a linear congruence, a shift by the top bits, a multiplication.
fn pcg(v: u32) -> u32 {
    let state = v.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let shifted = (state >> ((state >> 28) + 4)) ^ state;
    let word = shifted.wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

fn hologram(given: &TestFrame, band: usize, gap: usize, on: &str, seed: u32, ghosts: f64) -> Rgb {
    let (w, h) = (given.frame.width, given.frame.height);
    let (black, white, _) = given.colorimetry.range.codes();
    let h_at = |x: isize, y: isize| -> [f64; 3] {
        if x < 0 || y < 0 || x >= w as isize || y >= h as isize {
            return [0.0; 3];
        }
        let (x, y) = (x as usize, y as usize);
        let luma = ((f64::from(given.bytes[2 * (y * w + x)]) - black) / white).clamp(0.0, 1.0);
        let light = match y % (band + gap) < band {
            true => 0.1 + 0.2 * f64::from(pcg(y as u32 ^ pcg(seed))) / 4_294_967_296.0,
            false => 1.0,
        };
        [0.0, light * luma, light * (1.0 - luma / 2.0)]
    };
    given.map(|(x, y), colour, a| {
        let (x, y) = (x as isize, y as isize);
        let (here, left, right) = (h_at(x, y), h_at(x - 5, y - 5), h_at(x + 5, y + 5));
        let shown = [0, 1, 2].map(|c| {
            let near = 0.2 * here[c] + 0.8 * left[c];
            let ghost = 0.4 * near + ghosts * right[c];
            (0.5 * colour[c] + 0.6 * ghost).min(1.0)
        });
        blend_target(on, a, colour, shown)
    })
}

pub fn test() {
    for given in test_frames(85) {
        for (text, band, gap, on) in [
            ("hologram", 2, 3, "person"),
            ("hologram:lfbw", 3, 4, "person"),
            ("hologram:elder,on=background", 2, 3, "background"),
            ("hologram,style=lfbw,on=all", 3, 4, "all"),
        ] {
            let want = hologram(&given, band, gap, on, 0, 0.6);
            given.check(text, &want, &hologram(&given, band, gap, on, 0, 0.5), 1);
            given.check(text, &want, &hologram(&given, 5 - band, gap, on, 0, 0.6), 1);
        }
        // The dim rows change with the frame's time.
        let at = Duration::from_millis(40);
        let TestFrame { bytes, size, colorimetry, alpha, .. } = &given;
        let got = render_at(&["hologram"], bytes, *size, *colorimetry, alpha, at);
        let off = |seed| {
            let want = hologram(&given, 2, 3, "person", seed, 0.6);
            codes_apart(&got, &yuyv::encode(&want, *colorimetry))
        };
        assert!(off(40_000) <= 1 && off(0) > 1, "{} and {} LSB", off(40_000), off(0));
    }
}
