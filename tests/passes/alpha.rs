use gpucam::internals::{
    Colorimetry, Size, Smooth,
    gpu::{self, Gpu, Recorder},
    passes::{self, LinearModel},
};

use super::guide_of;
use crate::{
    mirror::{self, Coefficients, Mask, Rgb, refine, store::unorm16, temporal, yuyv},
    support::gpu::{
        BT601, BT709_FULL, SIZES, alphas, blob, floats, gpu, holds, noise, plane, poison_storage, scene,
        submit, upload,
    },
};

/// Coefficients with slopes of up to 50, sampled at positions that f32 resolves to 2⁻¹⁵ texels, and half a
/// step of 16 bits.
const TOLERANCE: f64 = 2e-4;

pub fn test() {
    let gpu = gpu();
    for (size, colorimetry) in SIZES.into_iter().zip([BT601, BT601, BT709_FULL]) {
        let bytes = scene(size, 11);
        let rgb = guide_of(size, 11);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 12);
        let coefficients = coefficients_of(&rgb, &mask);
        let mut rec = Recorder::new(gpu);
        let frame = upload(gpu, &bytes, size, colorimetry);
        let seen = LinearModel {
            coefficients: in_codes(gpu, &coefficients, colorimetry),
            confidence: rec.plane("confidence", Size::new(1, 1)),
        };
        let state = super::state(size, Smooth::Off);
        let got = passes::alpha(&mut rec, &frame, &seen, Smooth::Off, &state);
        poison_storage(gpu, &got.words);
        submit(rec);
        let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
        let want = mirror::alpha::guided(&frame, &coefficients).map(|[a]| [unorm16(a)]);
        // The control: the guide without its 3x3 binomial.
        let control = mirror::Plane::from_fn(frame.width, frame.height, |x, y| {
            let ([a, b, c, d], [r, g, s]) =
                (coefficients.sample_for(x, y, frame.width, frame.height), frame.at(x, y));
            [mirror::smoothstep(0.0, 1.0, a * r + b * g + c * s + d)]
        });
        let what = format!("alpha {size}");
        holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
    }
}

/// Consecutive frames of a person who stands still and then is elsewhere: what the pass leaves unchanged
/// equals what it would compute. Overwriting alpha with rubbish shows what it leaves.
pub fn strip_state() {
    let gpu = gpu();
    for (size, smooth) in [SIZES[1], SIZES[2]].into_iter().zip([Smooth::Auto, Smooth::Off]) {
        let bytes = scene(size, 17);
        let rgb = guide_of(size, 17);
        let (w, h) = (rgb.width, rgb.height);
        let soft = blob(Size::new(w as u32, h as u32), 18);
        // Wide areas of exactly 0 or 1.
        let here = soft.map(|[p]| [f64::from(((p - 0.3) / 0.4).clamp(0.0, 1.0) as f32)]);
        let there = mirror::Plane::from_fn(w, h, |x, y| here.clamped(x as isize - 6, y as isize));
        // Differences of equal sums leave rounding errors of f64: those are 0.
        let whole = |v: f64| if v.abs() < 1e-9 { 0.0 } else { f64::from(v as f32) };
        let [here, there] = [here, there].map(|mask| refine::coefficients(&rgb, &mask).map(|c| c.map(whole)));
        let frame = yuyv::decode_unclamped(&bytes, size, BT601);
        let confidence = mirror::Plane::from_fn(w, h, |_, _| [4.0, 1.0]);

        let mut rec = Recorder::new(gpu);
        let seen =
            LinearModel { coefficients: in_codes(gpu, &here, BT601), confidence: plane(gpu, &confidence) };
        let state = super::state(size, smooth);
        let words = upload(gpu, &bytes, size, BT601);
        let got = passes::alpha(&mut rec, &words, &seen, smooth, &state);
        let recording = rec.finish();
        let run = |coefficients: &Coefficients| {
            let texels = floats(gpu, &in_codes(gpu, coefficients, BT601));
            let texels: Vec<f32> = texels.into_iter().map(|v| v as f32).collect();
            gpu.write_plane(&seen.coefficients, bytemuck::cast_slice(&texels));
            let codes: Vec<u16> = gpu.read_storage(&state.history).expect("a readable buffer");
            let remembered = codes.iter().map(|&c| {
                let [q, age] = [c & 0xfff, c >> 12].map(f64::from);
                [q * temporal::STEPS[0] - 0.5, age * temporal::STEPS[1]]
            });
            let last = mirror::Plane {
                width: frame.width,
                height: frame.height,
                data: if smooth == Smooth::Auto { remembered.collect() } else { Vec::new() },
            };
            recording.submit(gpu);
            temporal::alpha(&frame, coefficients, (smooth == Smooth::Auto).then_some((&confidence, &last))).0
        };
        let (still, moved) = (mirror::alpha::guided(&frame, &here), mirror::alpha::guided(&frame, &there));
        for (n, coefficients) in [&here, &here, &here, &there, &there, &there, &here].into_iter().enumerate()
        {
            let want = run(coefficients);
            // The control: the person in the other place.
            let control = if std::ptr::eq(coefficients, &here) { &moved } else { &still };
            let what = format!("alpha {size}, {smooth:?}, frame {n}");
            holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
        }
        run(&here);
        run(&here);
        let spoilt = vec![0x55u8; got.words.bytes as usize];
        gpu.queue().write_buffer(&got.words.buffer, got.words.offset, &spoilt);
        let want = run(&here);
        let codes: Vec<u16> = gpu.read_storage(&got.words).expect("a readable buffer");
        let left = codes.iter().filter(|&&code| code == 0x5555).count();
        note!("alpha {size}, {smooth:?}: {left} of {} pixels are settled", codes.len());
        assert!(left > codes.len() / 2, "{size}, {smooth:?}: only {left} pixels are left alone");
        for (&code, &want) in codes.iter().zip(want.values()).filter(|(code, _)| **code == 0x5555) {
            assert!(want == 0.0 || want == 1.0, "{size}, {smooth:?}: {want} is taken for settled, {code}");
        }
    }
}

/// The mirror's coefficients as f32. Differences of equal sums leave rounding errors of f64: those are 0.
fn coefficients_of(rgb: &Rgb, mask: &Mask) -> Coefficients {
    let known = |v: f64| if v.abs() < 1e-9 { 0.0 } else { f64::from(v as f32) };
    refine::coefficients(rgb, mask).map(|c| c.map(known))
}

/// Coefficients over R'G'B' as coefficients over 16 times the codes: R'G'B' is linear in the codes, so three
/// differences and one value determine them.
fn in_codes(
    gpu: &Gpu,
    coefficients: &Coefficients,
    colorimetry: Colorimetry,
) -> gpu::Plane<gpu::Coefficients> {
    let rgb = |y, cb, cr| yuyv::rgb(colorimetry, y, cb, cr);
    let zero = rgb(0, 0, 0);
    let at = [rgb(255, 0, 0), rgb(0, 255, 0), rgb(0, 0, 255)];
    plane(
        gpu,
        &coefficients.map(|[a, b, c, d]| {
            let dot = |v: [f64; 3]| a * v[0] + b * v[1] + c * v[2];
            let [y, cb, cr] = at.map(|end| (dot(end) - dot(zero)) / (16.0 * 255.0));
            [y, cb, cr, d + dot(zero)]
        }),
    )
}

/// A second frame after a history set by hand: a noise, a change of luma that is small on one side and large
/// on the other, and means of all ages near the frame's own.
pub fn temporal() {
    let gpu = gpu();
    for size in SIZES {
        let bytes = scene(size, 13);
        let rgb = guide_of(size, 13);
        let mask = blob(Size::new(rgb.width as u32, rgb.height as u32), 14);
        let coefficients = coefficients_of(&rgb, &mask);
        let frame = yuyv::decode_unclamped(&bytes, size, BT601);
        let (_, own) = temporal::alpha(&frame, &coefficients, None);
        let last = mirror::Plane::from_fn(own.width, own.height, |x, y| {
            let i = y * own.width + x;
            let q = own.at(x, y)[0] + 0.3 * (noise(15, i) - 0.5);
            temporal::stored([q, temporal::MAX_AGE * noise(16, i)])
        });
        let change = mirror::Plane::from_fn(rgb.width, rgb.height, |x, _| {
            [f64::from((0.06 * x as f64 / rgb.width as f64) as f32)]
        });
        let confidence =
            temporal::confidence(&coefficients, &change, 0.006).map(|t| t.map(|v| f64::from(v as f32)));

        let mut rec = Recorder::new(gpu);
        let code = |[q, age]: &[f64; 2]| {
            let [q, age] =
                [(q + 0.5) / temporal::STEPS[0], age / temporal::STEPS[1]].map(|v| v.round() as u16);
            q | age << 12
        };
        let codes: Vec<u16> = last.data.iter().map(code).collect();
        let seen = LinearModel {
            coefficients: in_codes(gpu, &coefficients, BT601),
            confidence: plane(gpu, &confidence),
        };
        let state = super::state(size, Smooth::Auto);
        gpu.queue().write_buffer(&state.history.buffer, 0, bytemuck::cast_slice(&codes));
        let words = upload(gpu, &bytes, size, BT601);
        let got = passes::alpha(&mut rec, &words, &seen, Smooth::Auto, &state);
        poison_storage(gpu, &got.words);
        submit(rec);
        let (want, q) = temporal::alpha(&frame, &coefficients, Some((&confidence, &last)));
        let (control, _) = temporal::alpha(&frame, &coefficients, None);
        let what = format!("alpha, temporal {size}");
        holds(&what, &alphas(gpu, &got.words), want.values(), control.values(), TOLERANCE);
        let kept: Vec<u16> = gpu.read_storage(&state.history).expect("a readable buffer");
        // In steps: a value halfway between two may round to either.
        let steps = |[q, age]: [f64; 2]| [(q + 0.5) / temporal::STEPS[0], age / temporal::STEPS[1]];
        let got: Vec<f64> = kept.iter().flat_map(|&c| [f64::from(c & 0xfff), f64::from(c >> 12)]).collect();
        let (want, control) = (q.map(steps), own.map(steps));
        holds(&format!("{what}, history"), &got, want.values(), control.values(), 1.0 + 1e-6);
    }
}
