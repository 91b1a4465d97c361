use gpucam::internals::{Size, gpu::Recorder, model::ModelView, passes};

use crate::{
    mirror::{
        preprocess::{Content, letterboxed},
        yuyv,
    },
    support::gpu::{BT601, BT709_FULL, SIZES, floats, gpu, holds, poison, scene, submit, upload},
};

/// f32 sums of up to 50 codes of 255, then one conversion: 50 · 2⁻²⁴ · 2.
const TOLERANCE: f64 = 6e-6;

pub fn test() {
    let gpu = gpu();
    // The mask, a model's input of another aspect, and a letterboxed frame that is wider than the input.
    let whole = |w, h| ModelView::whole(Size::new(w, h));
    let bars =
        ModelView { size: Size::new(256, 144), content_at: [56, 0], content_size: Size::new(144, 144) };
    for size in SIZES {
        for (view, colorimetry) in [(whole(256, 144), BT601), (whole(257, 257), BT709_FULL), (bars, BT601)] {
            let bytes = scene(size, 1);
            let mut rec = Recorder::new(gpu);
            let small = passes::preprocess(&mut rec, &upload(gpu, &bytes, size, colorimetry), view);
            poison(gpu, &small);
            submit(rec);
            let mirror = |colorimetry| {
                let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
                let [x, y] = view.content_at.map(|v| v as usize);
                let (width, height) = (view.content_size.width as usize, view.content_size.height as usize);
                let content = Content { x, y, width, height };
                let rgb = letterboxed(&frame, view.size.width as usize, view.size.height as usize, content);
                rgb.data.iter().flat_map(|&[r, g, b]| [r, g, b, 1.0]).collect::<Vec<_>>()
            };
            let other = if colorimetry == BT601 { BT709_FULL } else { BT601 };
            let what = format!("preprocess {size} -> {}", view.size);
            holds(&what, &floats(gpu, &small), &mirror(colorimetry), &mirror(other), TOLERANCE);
        }
    }
}
