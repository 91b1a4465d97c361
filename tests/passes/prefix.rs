use gpucam::internals::{Size, gpu::Recorder, passes};

use crate::{
    mirror::{Plane, disc, store::f16},
    support::gpu::{blob, floats, gpu, holds, noise, poison, submit},
};

pub fn test() {
    let gpu = gpu();
    for (width, height, margin) in [(320, 180, 10), (162, 91, 0), (64, 5, 64), (5, 3, 1)] {
        let weight = blob(Size::new(width, height), 41);
        let picture = Plane::from_fn(width as usize, height as usize, |x, y| {
            let w = weight.at(x, y)[0];
            let colour = |k: usize| w * noise(42, 3 * (y * width as usize + x) + k);
            [colour(0), colour(1), colour(2), w].map(f16)
        });
        let mut rec = Recorder::new(gpu);
        let sums = passes::prefix(&mut rec, &super::weighted(gpu, &picture), margin);
        poison(gpu, &sums);
        submit(rec);
        let got = floats(gpu, &sums);
        let mirror = |first: f64| -> Vec<f64> {
            let mut sums = Vec::new();
            for y in 0..picture.height {
                let mut sum = [first; 4];
                sums.extend(sum);
                for x in 0..width as isize + 2 * margin as isize {
                    let v = disc::bright(picture.clamped(x - margin as isize, y as isize));
                    sum = [0, 1, 2, 3].map(|n| sum[n] + v[n]);
                    sums.extend(sum);
                }
            }
            sums
        };
        let want = mirror(0.0);
        // f32 over width/64 + 6 additions, and a division by 1.1 - c², which is .1 at white.
        let tolerance = 4e-6 * want.iter().fold(1.0, |a: f64, b| a.max(*b));
        holds(&format!("prefix {width}x{height} and {margin}"), &got, &want, &mirror(0.01), tolerance);
    }
}
