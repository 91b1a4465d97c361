use gpucam::internals::{Size, effects::Effects};

use super::{
    render,
    target::{TestFrame, test_frames},
};
use crate::{
    mirror::{Plane, Rgb, store::f16},
    support::gpu::{BT601, scene},
};

fn mosaic(given: &TestFrame, side: usize, on: &str, power: i32) -> Rgb {
    let (w, h) = (given.frame.width, given.frame.height);
    let hidden = |x, y| {
        let a = given.alpha.at(x, y)[0];
        match on {
            "person" => a,
            "background" => 1.0 - a,
            _ => 1.0,
        }
    };
    let blocks = Plane::from_fn(w.div_ceil(side), h.div_ceil(side), |i, j| {
        let (mut sum, mut weights) = ([0.0; 3], 0.0);
        for y in j * side..((j + 1) * side).min(h) {
            for x in i * side..((i + 1) * side).min(w) {
                let (colour, weight) = (given.frame.at(x, y), f64::powi(hidden(x, y), power));
                sum = [0, 1, 2].map(|c| sum[c] + weight * colour[c]);
                weights += weight;
            }
        }
        sum.map(|v| if weights > 0.0 { f16(v / weights) } else { 0.0 })
    });
    given.map(|(x, y), colour, _| {
        let (block, share) = (blocks.at(x / side, y / side), hidden(x, y));
        [0, 1, 2].map(|c| (colour[c] - share * block[c]).clamp(0.0, 1.0 - share) + share * block[c])
    })
}

pub fn test() {
    for given in test_frames(87) {
        // Sizes are for 720 rows, so half as large here; odd ones too.
        for (text, side, on) in [
            ("pixelate", 16, "background"),
            ("pixelate:4", 2, "background"),
            ("pixelate,size=160", 80, "background"),
            ("pixelate:50,on=person", 25, "person"),
            ("pixelate:22,on=all", 11, "all"),
        ] {
            let want = mosaic(&given, side, on, 4);
            let control = match on {
                "all" => mosaic(&given, side + 1, on, 4),
                _ => mosaic(&given, side, on, 0),
            };
            // A block's mean may lie between two f16 values.
            given.check(text, &want, &control, 1);
        }
    }
    // In a frame wider than 2:1 the blocks are those of one of 2:1: 18 of 720 rows are 8 of 320.
    let wide = Size::new(640, 60);
    let bytes = scene(wide, 91);
    let nobody = Plane::flat(640, 60, [0.0]);
    let shown = render(&["pixelate:18"], &bytes, wide, BT601, &nobody);
    let luma = |x: usize| shown[(10 * 640 + x) * 2];
    assert!((0..80).all(|block| (1..8).all(|x| luma(8 * block + x) == luma(8 * block))), "no blocks of 8");
    assert!((1..80).any(|block| luma(8 * block) != luma(8 * block - 1)), "all is one block");
    let hides = |text: &str| text.parse::<Effects>().expect("an effect").hides_background();
    assert!(hides("pixelate") && hides("pixelate:16") && hides("pixelate,on=all"));
    assert!(!hides("pixelate:15.9") && !hides("pixelate,on=person"));
}
