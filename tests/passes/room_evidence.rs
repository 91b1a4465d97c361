use gpucam::internals::{
    gpu::Recorder,
    passes::{self, RoomStatus},
};

use super::room::{Fixture, f32s, write};
use crate::{
    mirror::room::{evidence, sight},
    support::gpu::{SIZES, floats, gpu, holds, plane, poison, submit},
};

/// Distances in units of a deviation of about .007: f32 resolves them to 1e-4, and the logistic function of ten times
/// a steep smoothstep multiplies that by up to ten.
const TOLERANCE: f64 = 2e-3;

pub fn test() {
    let gpu = gpu();
    for size in &SIZES[1..] {
        let fixture = Fixture::new(*size, 51);
        let Fixture { guide, mask, last, cells, gain, .. } = &fixture;
        let seen = f32s(sight(guide, mask, last, cells, *gain, 4));
        let run = |status: RoomStatus| {
            let room = fixture.upload(gpu, status);
            let values: Vec<f32> = seen.values().iter().map(|&v| v as f32).collect();
            write(gpu, &room.sight, bytemuck::cast_slice(&values));
            let mut rec = Recorder::new(gpu);
            let amended = passes::room_evidence(&mut rec, &fixture.guide(gpu, 0.0), &plane(gpu, mask), &room);
            poison(gpu, &amended);
            submit(rec);
            floats(gpu, &amended)
        };
        let got = run(RoomStatus::default());
        let want = evidence(guide, mask, &seen, cells, *gain, 10.0);
        let control = evidence(guide, mask, &seen, cells, *gain, 9.0);
        holds(&format!("room_evidence {size}"), &got, want.values(), control.values(), TOLERANCE);
        let (mut away, mut nearer) = (0, 0);
        for ([p], q) in mask.data.iter().zip(want.values()) {
            away += usize::from(q + 0.3 < *p);
            nearer += usize::from(*q > p + 0.3);
        }
        note!("{away} cells away, {nearer} nearer");
        assert!(away > 100 && nearer > 20, "{away} cells away, {nearer} nearer");
        // The promise: nothing is added but where the model suspects it, within three cells of what it is sure of.
        for (i, (q, [p])) in got.iter().zip(&mask.data).enumerate() {
            assert!(*q <= p + 1e-6 || *p > 0.02 && seen.data[i][2] > 0.0, "cell {i}: {p} to {q}");
        }
        // A room that is forgotten says nothing.
        let forgotten = run(RoomStatus { forget: 1.0, ..RoomStatus::default() });
        assert_eq!(forgotten, mask.values());
        // So does one that was put back and is not confirmed.
        assert_eq!(run(RoomStatus { doubt: 3.0, ..RoomStatus::default() }), mask.values());
    }
}
