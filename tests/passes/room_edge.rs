use gpucam::internals::{
    gpu::Recorder,
    passes::{self, LinearModel, RoomStatus},
};

use super::room::Fixture;
use crate::{
    mirror::{Plane, refine, room::edge, yuyv},
    support::gpu::{BT601, SIZES, floats, gpu, holds, plane, poison, scene, submit, upload},
};

/// Of q, at the guide's own colour and 0.1 beside it. The person's variance is a difference of sums in f32, of which 4e-4
/// and more is what it is added to.
const TOLERANCE: f64 = 1e-4;

/// A function of R'G'B' over 16 times the codes of BT.601, limited.
fn in_codes([r, g, b, one]: [f64; 4]) -> [f64; 4] {
    let cb = (1.772 * b - 0.114 * 1.772 / 0.587 * g) / 224.0;
    let cr = (1.402 * r - 0.299 * 1.402 / 0.587 * g) / 224.0;
    let y = (r + g + b) / 219.0;
    [y / 16.0, cb / 16.0, cr / 16.0, one - 16.0 * y - 128.0 * (cb + cr)]
}

/// Its value at a colour.
fn at([y, cb, cr, one]: [f64; 4], rgb: [f64; 3]) -> f64 {
    let codes = yuyv::ycbcr(BT601, rgb).map(|code| 16.0 * code);
    y * codes[0] + cb * codes[1] + cr * codes[2] + one
}

pub fn test() {
    let gpu = gpu();
    for size in &SIZES[1..] {
        let fixture = Fixture::new(*size, 61);
        let Fixture { guide, mask, cells, gain, .. } = &fixture;
        let model = refine::coefficients(guide, mask).map(in_codes).map(|c| c.map(|v| f64::from(v as f32)));
        let run = |status: RoomStatus| {
            let room = fixture.upload(gpu, status);
            let mut rec = Recorder::new(gpu);
            let frame = upload(gpu, &scene(*size, 61), *size, BT601);
            let model = LinearModel {
                coefficients: plane(gpu, &model),
                confidence: plane(gpu, &model.map(|_| [1.0, 1.0])),
            };
            let (seen, mask) = (fixture.guide(gpu, 0.0), plane(gpu, mask));
            let edged = passes::room_edge(&mut rec, &frame, &seen, &mask, &model, &room).coefficients;
            poison(gpu, &edged);
            submit(rec);
            floats(gpu, &edged)
        };
        let near = |[r, g, b]: [f64; 3]| [0.0, 0.1].map(|k| [r + k, g - k, b + k]);
        let of_codes = |values: &[f64]| -> Vec<f64> {
            let both = |(c, rgb): (&[f64; 4], &[f64; 3])| near(*rgb).map(|rgb| at(*c, rgb));
            values.as_chunks().0.iter().zip(&guide.data).flat_map(both).collect()
        };
        let value = |[r, g, b, one]: [f64; 4], rgb: [f64; 3]| r * rgb[0] + g * rgb[1] + b * rgb[2] + one;
        let of_colours = |model: &Plane<4>| -> Vec<f64> {
            let both = |(c, rgb): (&[f64; 4], &[f64; 3])| near(*rgb).map(|rgb| value(*c, rgb));
            model.data.iter().zip(&guide.data).flat_map(both).collect()
        };
        // The function of R'G'B' that f32 stored, by its values.
        let colours = model.map(|c| {
            let one = at(c, [0.0; 3]);
            let [r, g, b] = [0, 1, 2].map(|k| at(c, [0, 1, 2].map(|i| f64::from(u8::from(i == k)))) - one);
            [r, g, b, one]
        });
        let want = of_colours(&edge(guide, mask, &colours, cells, *gain, 4));
        // The control: the person's colours from a smaller window.
        let control = of_colours(&edge(guide, mask, &colours, cells, *gain, 3));
        let got = of_codes(&run(RoomStatus::default()));
        holds(&format!("room_edge {size}"), &got, &want, &control, TOLERANCE);
        let before = of_colours(&colours);
        let changed = want.iter().zip(&before).filter(|(a, b)| (*a - *b).abs() > 0.03).count();
        assert!(changed > 100, "{changed} values changed");
        // Where q does not depend on colour, it stays: alpha leaves out what is all room and all person.
        for (c, q) in model.data.iter().zip(run(RoomStatus::default()).as_chunks::<4>().0) {
            assert!(c[..3] != [0.0; 3] || c == q, "{c:?} became {q:?}");
        }
        // A room that is forgotten says nothing, and so does one that was put back and is not confirmed.
        for status in [
            RoomStatus { forget: 1.0, ..RoomStatus::default() },
            RoomStatus { doubt: 3.0, ..RoomStatus::default() },
        ] {
            assert_eq!(run(status), model.values());
        }
    }
}
