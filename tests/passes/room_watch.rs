use gpucam::internals::{
    gpu::Recorder,
    passes::{self, RoomStatus},
};

use super::room::{Fixture, status, write};
use crate::{
    mirror::{
        Plane,
        room::{Found, sight, watch},
    },
    support::gpu::{SIZES, gpu, holds, plane, submit},
};

/// A cell may fall on the other side of a limit in f32; there are at least 3000.
const TOLERANCE: f64 = 1e-3;

fn values(found: &Found) -> [f64; 9] {
    let Found { gain: [r, g, b], odd, textured, bad, known, person, forget, .. } = *found;
    [r, g, b, odd, textured, bad, known, person, f64::from(u8::from(forget))]
}

fn run(fixture: &Fixture, sight: &Plane<4>, before: RoomStatus) -> RoomStatus {
    let gpu = gpu();
    let room = fixture.upload(gpu, before);
    let seen: Vec<f32> = sight.values().iter().map(|&v| v as f32).collect();
    write(gpu, &room.sight, bytemuck::cast_slice(&seen));
    let mut rec = Recorder::new(gpu);
    passes::room_watch(&mut rec, &fixture.guide(gpu, 0.0), &plane(gpu, &fixture.last), &room);
    submit(rec);
    status(gpu, &room)
}

fn got(status: &RoomStatus) -> [f64; 9] {
    let RoomStatus { gain: [r, g, b], odd, textured, bad, known, person, forget, .. } = *status;
    [r, g, b, odd, textured, bad, known, person, forget].map(f64::from)
}

pub fn test() {
    for size in &SIZES[1..] {
        let mut fixture = Fixture::new(*size, 41);
        // As it is; after another frame with many odd cells; turned; too dark; and with too little to see.
        let as_it_is = fixture.guide.clone();
        for (what, bad, change) in [
            ("as it is", 0.0, 0),
            ("again", 1.0, 0),
            ("turned", 0.0, 1),
            ("dark", 0.0, 2),
            ("little", 1.0, 3),
        ] {
            let (w, h) = (as_it_is.width, as_it_is.height);
            fixture.guide = match change {
                1 => super::room::f32s(Plane::from_fn(w, h, |x, y| as_it_is.at(w - 1 - x, y))),
                2 => super::room::f32s(as_it_is.map(|rgb| rgb.map(|v| 0.3 * v))),
                _ => as_it_is.clone(),
            };
            let hidden = fixture.mask.map(|_| [1.0]);
            let last = if change == 3 { &hidden } else { &fixture.last };
            let seen = super::room::f32s(sight(
                &fixture.guide,
                &fixture.mask,
                last,
                &fixture.cells,
                fixture.gain,
                2,
            ));
            let status = run(
                &fixture,
                &seen,
                RoomStatus { bad: bad as f32, resets: 2.0, frame: 3.0, ..RoomStatus::default() },
            );
            let find =
                |kept| watch(&fixture.guide, &seen, &fixture.last, &fixture.cells, fixture.gain, bad, kept);
            let want = find(0.8);
            // The control: the gain of all cells, and of other frames running.
            let control = Found { bad: want.bad + 1.0, ..find(1.0) };
            note!("{what}: {want:?}");
            holds(
                &format!("room_watch {size} {what}"),
                &got(&status),
                &values(&want),
                &values(&control),
                TOLERANCE,
            );
            assert_eq!(want.forget, (1..3).contains(&change) || bad > 0.0 && change == 0, "{what}: {want:?}");
            assert_eq!(status.resets, if want.forget { 3.0 } else { 2.0 });
            assert_eq!(status.frame, 0.0);
        }
    }
}

/// A room that was put back from a file counts once enough frames running agree with it, and is forgotten where they do
/// not.
pub fn put_back() {
    let mut fixture = Fixture::new(SIZES[1], 43);
    let (w, seen) = (fixture.guide.width, |fixture: &Fixture| {
        let Fixture { guide, mask, last, cells, gain, .. } = fixture;
        super::room::f32s(sight(guide, mask, last, cells, *gain, 2))
    });
    let moved = seen(&fixture);
    let odd = fixture.cells.colour.clone();
    // Nothing was moved.
    fixture.cells.colour = super::room::f32s(Plane::from_fn(w, odd.height, |x, y| {
        let ([r, g, b, v], seen) = (odd.at(x, y), fixture.guide.at(x, y));
        if x * 8 / w == 7 {
            [0, 1, 2, 3].map(|c| if c < 3 { seen[c] / fixture.gain[c] } else { v })
        } else {
            [r, g, b, v]
        }
    }));
    let whole = seen(&fixture);
    let hidden =
        super::room::f32s(whole.clone().map(|[a, b, c, d]| [a, b, c, if d > 0.0 { 1.0 } else { 0.0 }]));
    let few = Plane::from_fn(w, odd.height, |x, y| {
        let [a, b, c, d] = hidden.at(x, y);
        [a, b, c, if y * 8 / odd.height == 0 { d } else { 0.0 }]
    });
    let agreeing = fixture.cells.colour.clone();
    for (what, sight, colours, doubt, agreed, ask, want) in [
        ("agrees", &whole, &agreeing, 7.0, 3.0, 0.0, [8.0, 4.0, 0.0]),
        ("is confirmed", &whole, &agreeing, 7.0, 4.0, 0.0, [0.0, 0.0, 0.0]),
        ("something was moved", &moved, &odd, 7.0, 4.0, 0.0, [8.0, 0.0, 0.0]),
        ("too little is visible", &few, &agreeing, 7.0, 4.0, 0.0, [8.0, 0.0, 0.0]),
        ("for too long", &few, &agreeing, 600.0, 0.0, 0.0, [0.0, 0.0, 1.0]),
        ("somebody asks", &whole, &agreeing, 7.0, 0.0, 1.0, [0.0, 0.0, 1.0]),
    ] {
        fixture.cells.colour = colours.clone();
        let Fixture { guide, last, cells, gain, .. } = &fixture;
        let found = watch(guide, sight, last, cells, *gain, 0.0, 0.8);
        let before = RoomStatus { doubt: doubt as f32, agreed, ask, age: 30.0, ..RoomStatus::default() };
        let status = run(&fixture, sight, before);
        note!("{what}: {found:?}");
        let got = [status.doubt, status.agreed, status.forget].map(f64::from);
        let mirror = found.put_back(doubt, f64::from(agreed), ask > 0.0, 5.0);
        assert_eq!((got, got), (mirror, want), "{what}: {found:?}");
        assert_eq!(status.known > 0.0, want == [0.0; 3], "{what}: {status:?}");
        assert_eq!(status.age, if want[2] > 0.0 { 0.0 } else { 31.0 });
        // The control: a frame less confirms it.
        let control = found.put_back(doubt, f64::from(agreed), ask > 0.0, 4.0);
        assert_eq!(control != mirror, what == "agrees", "{what}: {control:?}");
    }
}
