use super::target::{TestFrame, blend_target, rgb, test_frames};
use crate::mirror::Rgb;

/// The magnitude of the Sobel gradient of luma, edge pixels repeated; 1 for a step from black to white.
pub fn slope(given: &TestFrame, x: usize, y: usize) -> f64 {
    let (w, h) = (given.frame.width as isize, given.frame.height as isize);
    let luma = |dx: isize, dy: isize| {
        let (x, y) = ((x as isize + dx).clamp(0, w - 1), (y as isize + dy).clamp(0, h - 1));
        f64::from(given.bytes[2 * (y * w + x) as usize])
    };
    let (mut across, mut down) = (0.0, 0.0);
    for (k, weight) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
        across += weight * (luma(1, k) - luma(-1, k));
        down += weight * (luma(k, 1) - luma(k, -1));
    }
    across.hypot(down) / (4.0 * given.colorimetry.range.codes().1)
}

fn drawing(given: &TestFrame, strength: f64, ink: u32, paper: u32, on: &str) -> Rgb {
    let (ink, paper) = (rgb(ink), rgb(paper));
    given.map(|(x, y), colour, a| {
        let line = (strength * slope(given, x, y)).min(1.0);
        blend_target(on, a, colour, [0, 1, 2].map(|c| paper[c] + line * (ink[c] - paper[c])))
    })
}

pub fn test() {
    for given in test_frames(89) {
        for (text, strength, ink, paper, on) in [
            ("edges", 4.0, 0x22202a, 0xf7f4ec, "all"),
            ("edges:0.5,on=person", 0.5, 0x22202a, 0xf7f4ec, "person"),
            ("edges:20,ink=#ffffff,paper=#102040,on=background", 20.0, 0xffffff, 0x102040, "background"),
        ] {
            let want = drawing(&given, strength, ink, paper, on);
            given.check(text, &want, &drawing(&given, 1.1 * strength, ink, paper, on), 1);
        }
    }
}
