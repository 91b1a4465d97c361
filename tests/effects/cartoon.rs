use super::{
    edges::slope,
    target::{TestFrame, blend_target, test_frames},
};
use crate::mirror::Rgb;

/// A Kuwahara filter: of the four 4×4 windows that contain (x, y), the mean codes of the one whose luma
/// varies least, the first of equals.
fn flat(given: &TestFrame, x: usize, y: usize) -> [f64; 3] {
    let (w, h) = (given.frame.width as isize, given.frame.height as isize);
    let codes = |x: isize, y: isize| {
        let (x, y) = (x.clamp(0, w - 1), y.clamp(0, h - 1));
        let word = &given.bytes[2 * (y * w + x - x % 2) as usize..][..4];
        [word[2 * (x % 2) as usize], word[1], word[3]].map(u64::from)
    };
    let mut best = (u64::MAX, [0; 3]);
    for (left, top) in [(-3, -3), (0, -3), (-3, 0), (0, 0)] {
        let (mut sums, mut squares) = ([0; 3], 0);
        for j in 0..4 {
            for i in 0..4 {
                let here = codes(x as isize + left + i, y as isize + top + j);
                sums = [0, 1, 2].map(|c| sums[c] + here[c]);
                squares += here[0] * here[0];
            }
        }
        // n² times the variance, n = 16.
        let varies = 16 * squares - sums[0] * sums[0];
        if varies < best.0 {
            best = (varies, sums);
        }
    }
    best.1.map(|sum| sum as f64 / 16.0)
}

fn smoothstep(from: f64, to: f64, v: f64) -> f64 {
    let t = ((v - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn cartoon(given: &TestFrame, levels: f64, lines: f64, on: &str) -> Rgb {
    let (black, white, chroma) = given.colorimetry.range.codes();
    given.map(|(x, y), colour, a| {
        let [luma, cb, cr] = flat(given, x, y);
        let (luma, apart) = ((luma - black) / white, 1.0 / (levels - 1.0));
        let level = (luma / apart + 0.5).floor() * apart;
        let step = level + apart / 2.0 * (10.0 * (luma - level) / apart).tanh();
        // R' = Y' + 2 (1 - Kr) Pr and so on: the decoding of codes that are not integers.
        let (kr, kb) = given.colorimetry.matrix.weights();
        let (pb, pr) = ((cb - 128.0) / chroma, (cr - 128.0) / chroma);
        let (r, b) = (step + 2.0 * (1.0 - kr) * pr, step + 2.0 * (1.0 - kb) * pb);
        let g = (step - kr * r - kb * b) / (1.0 - kr - kb);
        let dim = 1.0 - lines * smoothstep(0.06, 0.30, slope(given, x, y));
        blend_target(on, a, colour, [r, g, b].map(|v| dim * v.clamp(0.0, 1.0)))
    })
}

pub fn test() {
    for given in test_frames(91) {
        for (text, levels, lines, on) in [
            ("cartoon", 10.0, 0.8, "all"),
            ("cartoon:2,lines=0,on=person", 2.0, 0.0, "person"),
            ("cartoon:32,lines=1,on=background", 32.0, 1.0, "background"),
            ("cartoon:4.4", 4.0, 0.8, "all"),
        ] {
            let want = cartoon(&given, levels, lines, on);
            given.check(text, &want, &cartoon(&given, levels + 1.0, lines, on), 1);
        }
    }
}
