use gpucam::{
    Size, Smooth,
    gpu::Recorder,
    passes::{self, Guide, Lines},
};

use super::guide_of;
use crate::{
    mirror::{self, refine, steady, store::unorm16, yuyv},
    support::gpu::{
        BT601, BT709_FULL, SIZES, alphas, blob, gpu, guide, holds, noise, plane, poison_storage, scene,
        submit, upload,
    },
};

/// Lines of a slope of up to 50 read at places that f32 knows to 2⁻¹⁵ texels, and half a step of 16 bits.
const TOLERANCE: f64 = 2e-4;

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT601, BT709_FULL]) {
        let bytes = scene(size, 11);
        let rgb = guide_of(size, 11);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 12);
        let lines = refine::coefficients(&rgb, &mask).map(|line| line.map(|v| f64::from(v as f32)));
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let memory = remembered(&rec, &rgb, [0.0; 2]);
        let seen = Lines { lines: plane(gpu, &lines), change: rec.plane("change", Size::new(1, 1)) };
        let history = passes::history(&rec, Smooth::Off, size);
        let got = passes::alpha(&mut rec, &frame, &memory, &seen, &history, Smooth::Off);
        poison_storage(gpu, &got.words);
        submit(rec);
        let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
        let want = mirror::alpha::guided(&frame, &lines).map(|[a]| [unorm16(a)]);
        // The control: the guide without its 3x3 binomial.
        let control = mirror::Plane::from_fn(frame.width, frame.height, |x, y| {
            let ([a, b, c, d], [r, g, s]) =
                (lines.seen_from(x, y, frame.width, frame.height), frame.at(x, y));
            [mirror::smoothstep(0.0, 1.0, a * r + b * g + c * s + d)]
        });
        let what = format!("alpha {size}");
        holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
    }
}

/// A guide that knows the camera's noise, and frames seen.
fn remembered(rec: &Recorder<'_>, rgb: &mirror::Rgb, noise: [f32; 2]) -> Guide {
    Guide {
        plane: guide(rec.gpu(), rgb),
        last: rec.storage("last", 4),
        sums: rec.storage("sums", 8),
        noise: rec.constants("noise", &noise),
    }
}

/// Pixels in the order in which the history has them: the left ones of four words, then their right neighbours; of
/// one word where a row is no whole fours.
fn order(size: Size) -> Vec<usize> {
    let words = if size.width.is_multiple_of(8) { 4 } else { 1 };
    let of = |first: usize| (0..2 * words).map(move |k| first + 2 * (k % words) + k / words);
    (0..size.area()).step_by(2 * words).flat_map(of).collect()
}

/// The second frame of a memory filled by hand: a noise, a change that is small on one side and large on the other,
/// and a mean near the frame's own of any age.
pub fn steadied() {
    let gpu = gpu();
    for size in SIZES {
        let bytes = scene(size, 13);
        let rgb = guide_of(size, 13);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 14);
        let lines = refine::coefficients(&rgb, &mask).map(|line| line.map(|v| f64::from(v as f32)));
        let frame = yuyv::decode_unclamped(&bytes, size, BT601);
        let (_, own) = steady::alpha(&frame, &lines, None);
        let last = mirror::Plane::from_fn(own.width, own.height, |x, y| {
            let i = y * own.width + x;
            let q = own.at(x, y)[0] + 0.3 * (noise(15, i) - 0.5);
            steady::stored([q, steady::OLDEST * noise(16, i)])
        });
        let change = mirror::Plane::from_fn(rgb.width, rgb.height, |x, _| {
            [f64::from((0.06 * x as f64 / rgb.width as f64) as f32)]
        });
        let n = 0.006f32;

        let mut rec = Recorder::new(gpu);
        let code = |[q, age]: &[f64; 2]| [(q + 0.5) / 2.0, age / steady::OLDEST];
        let order = order(size);
        let codes = order.iter().flat_map(|&i| code(&last.data[i])).map(|v| (65535.0 * v).round() as u16);
        let codes: Vec<u16> = codes.collect();
        let memory = remembered(&rec, &rgb, [n, 2.0]);
        let seen = Lines { lines: plane(gpu, &lines), change: plane(gpu, &change) };
        let history = passes::history(&rec, Smooth::Auto, size);
        gpu.queue().write_buffer(&history.buffer, 0, bytemuck::cast_slice(&codes));
        let words = upload(gpu, &bytes, size, BT601);
        let got = passes::alpha(&mut rec, &words, &memory, &seen, &history, Smooth::Auto);
        poison_storage(gpu, &got.words);
        submit(rec);
        let (want, q) = steady::alpha(&frame, &lines, Some((&change, n.into(), &last)));
        let (control, _) = steady::alpha(&frame, &lines, None);
        let what = format!("alpha, steadied {size}");
        holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
        let kept: Vec<u16> = gpu.read_storage(&history).expect("a readable buffer");
        let mut means = vec![[0.0; 2]; order.len()];
        for (&i, code) in order.iter().zip(kept.chunks_exact(2)) {
            let [q, age] = [code[0], code[1]].map(|code| f64::from(code) / 65535.0);
            means[i] = steady::stored([2.0 * q - 0.5, steady::OLDEST * age]);
        }
        holds(&format!("{what}, history"), means.as_flattened(), q.values(), own.values(), TOLERANCE);
    }
}
