use gpucam::internals::{Size, gpu::Recorder, model, passes};

use crate::{
    mirror::{
        person::{self, Grid},
        preprocess::Content,
    },
    support::gpu::{blob, floats, gpu, holds, plane, poison, submit},
};

/// f32 positions of up to 257 are off by up to 2⁻¹⁵ texels, and a mask changes by up to 1 a texel.
const TOLERANCE: f64 = 6e-5;

pub fn test() {
    let gpu = gpu();
    let whole = |w, h| (Size::new(w, h), [0, 0], Size::new(w, h));
    let cases = [
        (Size::new(256, 144), whole(256, 144), model::OutputGrid::Centres, Size::new(222, 166)),
        (Size::new(160, 96), whole(160, 96), model::OutputGrid::Centres, Size::new(256, 144)),
        (Size::new(33, 33), whole(257, 257), model::OutputGrid::Corners, Size::new(256, 144)),
        (
            Size::new(256, 144),
            (Size::new(256, 144), [88, 0], Size::new(81, 144)),
            model::OutputGrid::Centres,
            Size::new(144, 256),
        ),
        (
            Size::new(33, 33),
            (Size::new(257, 257), [0, 56], Size::new(257, 145)),
            model::OutputGrid::Corners,
            Size::new(300, 123),
        ),
    ];
    for (output, (net, at, content), grid, mask) in cases {
        let probability = blob(output, 5);
        let mut rec = Recorder::new(gpu);
        let view = model::ModelView { size: net, content_at: at, content_size: content };
        let fitted = passes::fit(&mut rec, &plane(gpu, &probability), view, grid, mask);
        poison(gpu, &fitted);
        submit(rec);
        let own = match grid {
            model::OutputGrid::Centres => Grid::Centres,
            model::OutputGrid::Corners => Grid::Corners,
        };
        // `beside` moves the frame in the model's input.
        let mirror = |beside| {
            let [x, y] = at.map(|v| v as usize);
            let (width, height) = (content.width as usize, content.height as usize);
            let pair = |size: Size| (size.width as usize, size.height as usize);
            person::fit(&probability, pair(net), Content { x: x + beside, y, width, height }, own, pair(mask))
        };
        let what = format!("fit {output} -> {mask}");
        holds(&what, &floats(gpu, &fitted), mirror(0).values(), mirror(1).values(), TOLERANCE);
    }
}
