use gpucam::internals::{Size, gpu::Recorder, passes};

use super::person_box::boxed;
use crate::{
    mirror::{Plane, preprocess, yuyv},
    support::gpu::{BT601, BT709_FULL, SIZES, floats, gpu, holds, poison, scene, submit, upload},
};

/// f32 sums of some dozens of codes of 255, then one conversion, times the gain.
const TOLERANCE: f64 = 2e-5;

pub fn test() {
    let gpu = gpu();
    let (usual, small) = (Size::new(256, 256), Size::new(96, 80));
    // The last two are enlarged, and reach the frame's odd edges.
    let cases = [
        (SIZES[0], [64, 0, 768, 720], usual, BT601),
        (SIZES[0], [1152, 608, 1280, 720], small, BT709_FULL),
        (SIZES[1], [160, 112, 400, 360], usual, BT601),
        (SIZES[2], [480, 176, 646, 362], usual, BT709_FULL),
    ];
    for (size, edges, net, colorimetry) in cases {
        let bytes = scene(size, 3);
        let gain = 1.7f32;
        let mut rec = Recorder::new(gpu);
        let exposure = rec.constants("exposure", &[gain, 3.0, -1.0, 1.0]);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let person = boxed(edges.map(|v| v as f32), true, Size::new(1, 1));
        let small = passes::close_up(&mut rec, &frame, &person, &exposure, net);
        poison(gpu, &small);
        submit(rec);
        let mirror = |colorimetry| {
            let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
            let [x0, y0, x1, y1] = edges;
            let part = Plane::from_fn(x1 - x0, y1 - y0, |x, y| frame.at(x0 + x, y0 + y));
            let seen = preprocess::area(&part, net.width as usize, net.height as usize);
            let bright = |v: f64| (f64::from(gain) * v).clamp(0.0, 1.0);
            seen.data.iter().flat_map(|rgb| [bright(rgb[0]), bright(rgb[1]), bright(rgb[2]), 1.0]).collect()
        };
        let other = if colorimetry == BT601 { BT709_FULL } else { BT601 };
        let (want, control): (Vec<f64>, Vec<f64>) = (mirror(colorimetry), mirror(other));
        holds(&format!("close_up {size}"), &floats(gpu, &small), &want, &control, TOLERANCE);
    }
}
