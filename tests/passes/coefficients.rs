use gpucam::{Size, gpu::Recorder, passes};

use super::guide_of;
use crate::{
    mirror::{Plane, refine, steady},
    support::gpu::{SIZES, blob, floats, gpu, holds, plane, poison, submit},
};

/// What counts is alpha: the line at the guide's own colour and 0.1 beside it. f32 moments against eps = 1e-4.
const TOLERANCE: f64 = 1e-4;
/// Ten f32 roundings of values below 1.
const CHANGE: f64 = 1e-6;

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let rgb = guide_of(size, 9);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 10);
        let mut rec = Recorder::new(gpu);
        // What changed stands beside the colours.
        let changed = blob(Size::new(rgb.width as u32, rgb.height as u32), 11);
        let texel = |x, y| {
            let [r, g, b] = rgb.at(x, y);
            [r, g, b, changed.at(x, y)[0]]
        };
        let guide = plane(gpu, &Plane::from_fn(rgb.width, rgb.height, texel));
        let passes::Lines { lines, change } = passes::coefficients(&mut rec, &guide, &plane(gpu, &mask));
        poison(gpu, &lines);
        poison(gpu, &change);
        submit(rec);
        let at_colours = |lines: &Plane<4>| -> Vec<f64> {
            let value = |([a, b, c, d], [r, g, s]): (&[f64; 4], &[f64; 3])| {
                let v = |k: f64| a * (r + k) + b * (g - k) + c * (s + k) + d;
                [v(0.0), v(0.1)]
            };
            lines.data.iter().zip(&rgb.data).flat_map(value).collect()
        };
        let data = floats(gpu, &lines).as_chunks().0.to_vec();
        let got = Plane { width: rgb.width, height: rgb.height, data };
        let want = refine::coefficients(&rgb, &mask);
        let control = want.map(|[a, b, c, d]| [b, a, c, d]);
        let what = format!("coefficients {size}");
        holds(&what, &at_colours(&got), &at_colours(&want), &at_colours(&control), TOLERANCE);
        let nothing = changed.map(|_| [0.0]);
        let want = steady::change(&changed, &nothing);
        // The control: no 3x3 mean.
        holds(&format!("{what}, change"), &floats(gpu, &change), want.values(), changed.values(), CHANGE);
    }
}
