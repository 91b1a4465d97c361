//! What the picture shows of the learnt room: behind the person's edge, and in the blur that the person hides.

use gpucam::internals::{
    Size,
    gpu::Recorder,
    passes::{self, Backdrop, RoomStatus},
};

use super::{
    F16_STEP,
    room::{Fixture, write},
};
use crate::{
    mirror::{
        Mask, Plane, Rgb,
        backdrop::{texel, weigh},
        composite::over,
        light::toned,
        store::{f16, unorm16},
        yuyv,
    },
    support::gpu::{
        BT601, SIZES, blob, gpu, halves, holds, holds_codes, noise, poison, poison_storage, scene, submit,
        upload,
    },
};

/// How far each cell may be shown: from the third frame that it was seen in to the eighth.
pub fn trust(fixture: &Fixture) -> Mask {
    let seen = |x: usize, y: usize| fixture.cells.seen[y * fixture.guide.width + x];
    Plane::from_fn(fixture.guide.width, fixture.guide.height, |x, y| {
        [((f64::from(seen(x, y)) - 2.0) / 6.0).clamp(0.0, 1.0)]
    })
}

/// A plate of any colours, and what the camera sees of it.
pub fn plate(fixture: &Fixture) -> (Vec<u16>, Rgb) {
    let (w, h) = (fixture.frame.width as usize, fixture.frame.height as usize);
    let words = w * h / 2;
    let codes: Vec<u16> =
        (0..4 * words).map(|i| (256.0 * (16.0 + 200.0 * noise(88, i / 24))) as u16).collect();
    let code = |i: usize| f64::from(codes[i]) / 256.0;
    let colours = Plane::from_fn(w, h, |x, y| {
        let (i, c) = (y * w + x, 2 * (words + (y * w + x) / 2));
        let luma = (code(i) - 16.0) / 219.0;
        let (pb, pr) = ((code(c) - 128.0) / 224.0, (code(c + 1) - 128.0) / 224.0);
        let (r, b) = (luma + 1.402 * pr, luma + 1.772 * pb);
        let rgb = [r, (luma - 0.299 * r - 0.114 * b) / 0.587, b];
        [0, 1, 2].map(|c| (fixture.gain[c] * rgb[c]).clamp(0.0, 1.0))
    });
    (codes, colours)
}

/// The composite equals the float64 mirror, with the room's own colours as far as they are known.
pub fn edge() {
    let gpu = gpu();
    for (size, gains) in [(&SIZES[1], [1.0; 3]), (&SIZES[2], [1.4, 1.2, 1.1])] {
        let fixture = Fixture::new(*size, 81);
        let room = fixture.upload(gpu, RoomStatus::default());
        let (codes, colours) = plate(&fixture);
        write(gpu, &room.plate, bytemuck::cast_slice(&codes));
        let bytes = scene(*size, 82);
        let alpha = blob(*size, 84).map(|[a]| [unorm16((1.2 * a - 0.1).clamp(0.0, 1.0))]);
        let side = 4;
        let (w, h) = (size.width.div_ceil(side) as usize, size.height.div_ceil(side) as usize);
        let background =
            Plane::from_fn(w, h, |x, y| [0, 1, 2].map(|k| f16(noise(85, 3 * (y / 4 * w + x / 4) + k))));
        let mut rec = Recorder::new(gpu);
        let room = room.in_light(&super::tone::light(&rec, gains));
        let colours = colours.map(|rgb| [0, 1, 2].map(|c| toned(rgb[c], gains[c])));
        let frame = upload(gpu, &bytes, *size, BT601);
        let alphas = super::words(gpu, &alpha);
        let backdrop = super::weighted(gpu, &background.map(|[r, g, b]| [r, g, b, 1.0]));
        let composed =
            passes::composite(&mut rec, &frame, &alphas, &Backdrop { plane: backdrop, side }, Some(&room))
                .words;
        poison_storage(gpu, &composed);
        submit(rec);

        let seen = yuyv::decode(&bytes, *size, BT601);
        let trust = trust(&fixture);
        let mirror = |most: f64| -> Vec<u8> {
            let (width, height) = (seen.width, seen.height);
            let mut out = Vec::new();
            for i in 0..width * height / 2 {
                let (x, y) = (2 * i % width, 2 * i / width);
                let a = [x, x + 1].map(|x| alpha.at(x, y)[0]);
                if a == [1.0; 2] {
                    out.extend(&bytes[4 * i..4 * i + 4]);
                    continue;
                }
                let pair = [0, 1].map(|k| {
                    let b = background.spline(texel(x + k, side as usize), texel(y, side as usize));
                    let t = trust.sample_for(x + k, y, width, height)[0] * most;
                    let m = colours.at(x + k, y);
                    let own = [0, 1, 2].map(|c| b[c] + (m[c] - b[c]) * t);
                    over(seen.at(x + k, y), a[k], own, b)
                });
                out.extend(yuyv::word(BT601, pair));
            }
            out
        };
        let got: Vec<u8> = gpu.read_storage(&composed).expect("a readable buffer");
        // The control: without the room. A value halfway between two codes may round to either.
        holds_codes(&format!("composite {size} with a room"), &got, &mirror(1.0), &mirror(0.0), 1);
    }
}

/// What the person hides is filled in as far as it is known.
pub fn hidden() {
    let gpu = gpu();
    let lights = [[1.0; 3], [1.4, 1.2, 1.1], [0.8, 0.9, 0.85]];
    let sizes = [(SIZES[1], 4), (SIZES[2], 8), (Size::new(640, 360), 16)];
    for ((size, side), gains) in sizes.into_iter().zip(lights) {
        let fixture = Fixture::new(size, 91);
        let room = fixture.upload(gpu, RoomStatus::default());
        let bytes = scene(size, 92);
        let alpha = blob(size, 93).map(|[a]| [unorm16(a)]);
        let mut rec = Recorder::new(gpu);
        let room = room.in_light(&super::tone::light(&rec, gains));
        let frame = upload(gpu, &bytes, size, BT601);
        let background = passes::background(&mut rec, &frame, &super::words(gpu, &alpha), side, Some(&room));
        poison(gpu, &background);
        submit(rec);
        let weighed = weigh(&yuyv::decode_unclamped(&bytes, size, BT601), &alpha, side as usize);
        let trust = trust(&fixture);
        let known = Plane::from_fn(fixture.guide.width, fixture.guide.height, |x, y| {
            let ([k], [r, g, b, _]) = (trust.at(x, y), fixture.cells.colour.at(x, y));
            let [r, g, b] =
                [0, 1, 2].map(|c| k * toned(fixture.gain[c] * [r, g, b][c], gains[c]).clamp(0.0, 1.0));
            [r, g, b, k]
        });
        let cells = |middle: f64, cells: usize, pixels: u32| middle * cells as f64 / f64::from(pixels) - 0.5;
        let filled = |most: f64| {
            Plane::from_fn(weighed.width, weighed.height, |x, y| {
                let v = weighed.at(x, y);
                let middle = |i: usize| (i as f64 + 0.5) * f64::from(side);
                let m = known.bilinear(
                    cells(middle(x), known.width, size.width),
                    cells(middle(y), known.height, size.height),
                );
                [0, 1, 2, 3].map(|c| f16(v[c] + (1.0 - v[3]) * m[c] * most))
            })
        };
        let what = format!("background {size} by {side} with a room");
        holds(&what, &halves(gpu, &background), filled(1.0).values(), filled(0.0).values(), 2.0 * F16_STEP);
    }
}
