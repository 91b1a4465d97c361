use gpucam::{Size, gpu::Recorder, passes};

use super::F16_STEP;
use crate::{
    mirror::{Plane, backdrop, store::f16},
    support::gpu::{blob, gpu, halves, holds, noise, poison, submit},
};

pub fn test() {
    let gpu = gpu();
    for (size, sigma) in
        [((320, 180), 3.0), ((160, 90), 1.5), ((162, 91), 10.0), ((40, 23), 3.0), ((5, 3), 3.0)]
    {
        let weight = blob(Size::new(size.0, size.1), 18);
        let picture = Plane::from_fn(size.0 as usize, size.1 as usize, |x, y| {
            let w = weight.at(x, y)[0];
            let colour = |k: usize| w * noise(19, 3 * (y * size.0 as usize + x) + k);
            [colour(0), colour(1), colour(2), w].map(f16)
        });
        let mut rec = Recorder::new(gpu);
        let soft = passes::blur(&mut rec, &super::soft(gpu, &picture), sigma);
        poison(gpu, &soft);
        submit(rec);
        let (want, control) = (backdrop::blur(&picture, sigma), backdrop::blur(&picture, 0.9 * sigma));
        let what = format!("blur {}x{} by {sigma}", size.0, size.1);
        holds(&what, &halves(gpu, &soft), want.values(), control.values(), F16_STEP);
    }
}
