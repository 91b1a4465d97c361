use gpucam::internals::{
    gpu::Recorder,
    passes::{self, RoomStatus},
};

use super::room::{Fixture, floats};
use crate::{
    mirror::{
        Mask, Plane,
        room::{Cells, alpha_of_cells, is_sure, learn},
    },
    support::gpu::{SIZES, blob, gpu, holds, plane, submit},
};

/// Rounding of f32, divided by the gain.
const TOLERANCE: f64 = 2e-6;

pub fn test() {
    let gpu = gpu();
    for size in &SIZES[1..] {
        let fixture = Fixture::new(*size, 61);
        let (w, h) = (fixture.guide.width, fixture.guide.height);
        let shown =
            blob(*size, 62).map(|[a]| [((1.6 * a - 0.3).clamp(0.0, 1.0) * 65535.0).round() / 65535.0]);
        let refined: Mask = fixture.last.clone();
        let run = |status: RoomStatus| {
            let room = fixture.upload(gpu, status);
            let mut rec = Recorder::new(gpu);
            let alpha = super::words(gpu, &shown);
            passes::room_learn(&mut rec, &fixture.guide(gpu, 0.01), &plane(gpu, &refined), &alpha, &room);
            submit(rec);
            let counts: Vec<u32> = gpu.read_storage(&room.counts).expect("a readable buffer");
            (floats(gpu, &room.cells), counts)
        };
        let of_cells = alpha_of_cells(&shown, w, h);
        let sure: Vec<bool> = (0..w * h).map(|i| is_sure(&refined, &of_cells, i % w, i / w)).collect();
        let empty = Cells { seen: vec![0; w * h], running: vec![0; w * h], ..fixture.cells.clone() };
        // In doubt, nothing is learnt.
        let (kept, counts) = run(RoomStatus { doubt: 1.0, ..RoomStatus::default() });
        assert_eq!(kept, fixture.cells.colour.values());
        assert!(counts.iter().zip(&fixture.cells.seen).all(|(count, seen)| count & 0xff == *seen));
        let cases = [
            ("learns", RoomStatus::default(), &fixture.cells, false),
            ("asked", RoomStatus { ask: 1.0, ..RoomStatus::default() }, &fixture.cells, true),
            ("forgets", RoomStatus { forget: 1.0, ..RoomStatus::default() }, &empty, false),
        ];
        for (what, status, before, asked) in cases {
            let (got, counts) = run(status);
            let next = |running| {
                learn(&fixture.guide, |x, y| asked || sure[y * w + x], before, fixture.gain, running)
            };
            let (want, learnt) = next(3);
            let expected: Vec<u32> = (0..w * h)
                .map(|i| want.seen[i] | (want.running[i] << 8) | (u32::from(learnt[i]) << 16))
                .collect();
            assert!(counts == expected, "{what}: other counts");
            if what == "forgets" {
                assert!(want.seen.iter().all(|&n| n == 0));
                continue;
            }
            let count = learnt.iter().filter(|&&l| l).count();
            assert!(count > 500 && count + 500 < w * h, "{what}: {count} of {} cells", w * h);
            let (control, _): (Cells, _) = next(2);
            let what = format!("room_learn {size} {what}");
            let planes: [&Plane<4>; 2] = [&want.colour, &control.colour];
            holds(&what, &got, planes[0].values(), planes[1].values(), TOLERANCE);
        }
    }
}
