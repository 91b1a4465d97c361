use gpucam::internals::{gpu::Recorder, passes};

use super::room::{Fixture, floats};
use crate::{
    mirror::room::sight,
    support::gpu::{SIZES, gpu, holds, plane, submit},
};

/// Sums of 289 f32, and a variance as a difference of them under the exponential function.
const TOLERANCE: f64 = 2e-3;

pub fn test() {
    let gpu = gpu();
    for size in &SIZES[1..] {
        let fixture = Fixture::new(*size, 31);
        let room = fixture.upload(gpu, Default::default());
        let mut rec = Recorder::new(gpu);
        let (mask, last) = (plane(gpu, &fixture.mask), plane(gpu, &fixture.last));
        passes::room_sight(&mut rec, &fixture.guide(gpu, 0.0), &mask, &last, &room);
        submit(rec);
        let Fixture { guide, mask, last, cells, gain, .. } = &fixture;
        let want = sight(guide, mask, last, cells, *gain, 8);
        // Every value has cells in which it is and is not.
        for k in 0..4 {
            let share = want.data.iter().filter(|v| v[k] > 0.5 * [1.0, 0.004, 1.0, 1.0][k]).count();
            assert!(share > 200 && share + 200 < want.data.len(), "value {k}: {share} cells");
        }
        // The control: the person's colours from a smaller window.
        let control = sight(guide, mask, last, cells, *gain, 7);
        let got = floats(gpu, &room.sight);
        // Tiles without a known cell, of which there are none here, hold zeros.
        holds(&format!("room_sight {size}"), &got, want.values(), control.values(), TOLERANCE);
    }
}

/// Where nothing is known, nothing is looked at.
pub fn unknown() {
    let gpu = gpu();
    let mut fixture = Fixture::new(SIZES[1], 31);
    fixture.cells.seen.fill(2);
    let room = fixture.upload(gpu, Default::default());
    let mut rec = Recorder::new(gpu);
    let (mask, last) = (plane(gpu, &fixture.mask), plane(gpu, &fixture.last));
    passes::room_sight(&mut rec, &fixture.guide(gpu, 0.0), &mask, &last, &room);
    submit(rec);
    assert!(floats(gpu, &room.sight).iter().all(|&v| v == 0.0));
}
