//! The learnt room in the whole pipeline, with drawn rooms: what it takes away, and what happens when the room is another
//! one. The stand-in network takes what is bright for a person.

use std::time::Duration;

use gpucam::internals::{
    Exposure, Pipeline, Settings, Size, Yuyv,
    frame::geometry::Geometry,
    passes::{LearnRoom, Room},
    pipeline::{CalibrationDesk, CalibrationPhase},
};
use libtest_mimic::Trial;

use super::stand_in;
use crate::support::{
    gpu::{BT601, gpu, noise},
    gpu_test,
};

pub fn trials() -> Vec<Trial> {
    vec![
        gpu_test("pipeline::room_takes_away_what_was_there", takes_away),
        gpu_test("pipeline::room_that_changed_shows_nothing", changed),
        gpu_test("pipeline::room_is_learnt_when_asked", asked),
        gpu_test("pipeline::room_is_empty_only_while_it_is_learnt", asked_again),
        gpu_test("pipeline::room_is_off_where_the_picture_moves", moves),
    ]
}

pub(super) const SIZE: Size = Size::new(320, 180);
const CLOCK: [f64; 3] = [232.0, 36.0, 20.0];
const OBJECT: [u32; 4] = [30, 60, 60, 110];
const PERSON: [f64; 3] = [120.0, 128.0, 1.5]; // middle, and how much taller than wide

/// What is before the camera.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) person: bool,
    /// Brightness of a thing that was put down.
    pub(super) object: Option<f64>,
    /// Pixels by which the camera was turned.
    pub(super) turned: u32,
    pub(super) light: [f64; 3],
}

pub(super) const EMPTY: View = View { person: false, object: None, turned: 0, light: [1.0; 3] };
pub(super) const SITS: View = View { person: true, ..EMPTY };

/// How far a pixel is from the person, in their widths: below 1 inside.
fn far(x: u32, y: u32) -> f64 {
    let [cx, cy, tall] = PERSON;
    ((f64::from(x) - cx).powi(2) + ((f64::from(y) - cy) / tall).powi(2)).sqrt() / 46.0
}

pub(super) fn is_clock(x: u32, y: u32) -> bool {
    let [cx, cy, r] = CLOCK;
    (f64::from(x) - cx).hypot(f64::from(y) - cy) < r
}

fn is_object(x: u32, y: u32) -> bool {
    let [left, top, right, end] = OBJECT;
    (left..right).contains(&x) && (top..end).contains(&y)
}

pub(super) fn picture(view: View, number: u64) -> Vec<u8> {
    let cell = |x: u32, y: u32, side: u32, seed: u64| noise(seed, (y / side * 1000 + x / side) as usize);
    let yuyv = Yuyv::from_rgb(SIZE, BT601, |x, y| {
        let at = x + view.turned;
        let grain = 0.02 * (noise(900 + number, (y * SIZE.width + x) as usize) - 0.5);
        let rgb = if view.person && far(x, y) < 1.0 {
            [0.95, 0.86, 0.76].map(|v| v - 0.06 * cell(x, y, 4, 3))
        } else if let (Some(v), true) = (view.object, is_object(x, y)) {
            [v, 0.95 * v, v]
        } else if is_clock(at, y) {
            [0.86, 0.88, 0.9].map(|v| v - 0.25 * cell(at, y, 5, 2))
        } else {
            [0.04, 0.07, 0.05].map(|v| v + 0.22 * cell(at, y, 9, 1))
        };
        [0, 1, 2].map(|c| (rgb[c] * view.light[c] + grain).clamp(0.0, 1.0))
    });
    yuyv.bytes
}

pub(super) struct Film {
    pub(super) pipeline: Pipeline,
    pub(super) shown: Vec<u8>,
    number: u64,
}

impl Film {
    fn new(learn_room: LearnRoom) -> Self {
        Self::with(Settings { learn_room, ..Settings::default() })
    }

    pub(super) fn with(settings: Settings) -> Self {
        let mut film = Self::rehearsing(&settings);
        film.pipeline.adopted(&settings);
        film
    }

    /// As a pipeline is prepared while another one is shown.
    pub(super) fn rehearsing(settings: &Settings) -> Self {
        let settings = Settings { exposure: Exposure::Off, ..settings.clone() };
        let pipeline = Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, &settings).expect("a pipeline");
        Self { pipeline, shown: vec![0; SIZE.yuyv_bytes()], number: 0 }
    }

    /// Alpha of the next frame.
    pub(super) fn next(&mut self, view: View) -> Vec<f32> {
        self.number += 1;
        let at = Duration::from_millis(33 * self.number);
        self.pipeline.process(&picture(view, self.number), at, &mut self.shown).expect("a frame");
        self.pipeline.alpha().expect("alpha")
    }

    pub(super) fn learn(&mut self) {
        assert!(self.pipeline.set_room_empty(true));
        (0..12).for_each(|_| drop(self.next(EMPTY)));
        assert!(self.pipeline.set_room_empty(false));
        let status = self.pipeline.room_status().expect("a status").expect("a room");
        assert!(status.known > 0.95, "{status:?}");
    }
}

/// The mean of alpha where this holds.
pub(super) fn mean(alpha: &[f32], holds: impl Fn(u32, u32) -> bool) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for (i, &a) in alpha.iter().enumerate() {
        let i = i as u32;
        if holds(i % SIZE.width, i / SIZE.width) {
            (sum, count) = (sum + f64::from(a), count + 1);
        }
    }
    assert!(count > 100, "only {count} pixels");
    sum / f64::from(count)
}

/// The room well away from the person, without the clock and the object.
pub(super) fn is_room(x: u32, y: u32) -> bool {
    far(x, y) > 1.25 && !is_clock(x, y) && !is_object(x, y)
}

pub(super) fn is_person(x: u32, y: u32) -> bool {
    far(x, y) < 0.85
}

/// What was in the room is no person any more; what comes into it is as it was without.
fn takes_away() {
    let (mut with, mut without) = (Film::new(LearnRoom::On), Film::new(LearnRoom::Off));
    with.learn();
    let mut last = [Vec::new(), Vec::new()];
    for _ in 0..4 {
        last = [with.next(SITS), without.next(SITS)];
    }
    let [clock, person, room] = [&is_clock as &dyn Fn(u32, u32) -> bool, &is_person, &is_room]
        .map(|part| last.each_ref().map(|a| mean(a, part)));
    note!("learnt, not learnt: clock {clock:?}, person {person:?}, room {room:?}");
    assert!(clock[0] < 0.02 && clock[1] > 0.8, "{clock:?}");
    assert!(person[0] > 0.98 && person[0] > person[1] - 0.01, "{person:?}");
    assert!(room[0] < 0.002, "{room:?}");
    // A bright thing is as before; a dark one is never shown.
    for (object, limits) in [(0.9, 0.8..1.01), (0.3, -0.01..0.02)] {
        let view = View { object: Some(object), ..SITS };
        for _ in 0..4 {
            let [with, without] = [with.next(view), without.next(view)].map(|alpha| mean(&alpha, is_object));
            note!("a thing of {object}: {with:.4}, without the room {without:.4}");
            assert!(limits.contains(&with) && with < without + 0.01, "{object}: {with} and {without}");
        }
    }
    // Somebody who comes back finds the same room.
    with.next(EMPTY);
    let alpha = with.next(SITS);
    assert!(mean(&alpha, is_clock) < 0.02 && mean(&alpha, is_person) > 0.98);
}

/// Anything for the room, with this variance.
fn write_noise(room: &Room, variance: f32) {
    let cells = (0..room.size.area()).flat_map(|i| {
        let rgb = [0, 1, 2].map(|c| noise(77, 3 * i + c) as f32);
        [rgb[0], rgb[1], rgb[2], variance]
    });
    let plate = (0..room.plate.bytes / 4).map(|i| noise(78, i as usize) as f32);
    for (storage, words) in [(&room.cells, cells.collect::<Vec<_>>()), (&room.plate, plate.collect())] {
        gpu().queue().write_buffer(&storage.buffer, storage.offset, bytemuck::cast_slice(&words));
    }
}

fn poisoned(film: &mut Film, k: u32, variance: f32) -> View {
    if let (0, Some(room)) = (k, film.pipeline.room()) {
        write_noise(room, variance);
    }
    SITS
}

/// The camera is turned, the light is switched or drifts, what is known is poisoned: in no frame is more of the room
/// shown than without it, and the person stays.
fn changed() {
    let turned = View { turned: 9, ..SITS };
    let dark = View { light: [0.75, 0.7, 0.6], ..SITS };
    let drift = |k: u32| View { light: [1.0 + 0.03 * (0.5 * f64::from(k)).sin(); 3], ..SITS };
    type Change = dyn Fn(&mut Film, u32) -> View;
    let kinds: [(&str, &Change); 6] = [
        ("the camera is turned", &move |_, _| turned),
        ("the light is switched", &move |_, _| dark),
        ("the light goes off and on", &move |_, k| {
            if k < 3 { View { light: [0.02; 3], ..SITS } } else { SITS }
        }),
        ("the light drifts", &move |_, k| drift(k)),
        ("the room is poisoned", &|film, k| poisoned(film, k, 1e-4)),
        ("anything counts as the room", &|film, k| poisoned(film, k, 1.0)),
    ];
    for (what, view) in kinds {
        let (mut with, mut without) = (Film::new(LearnRoom::On), Film::new(LearnRoom::Off));
        with.learn();
        for _ in 0..3 {
            with.next(SITS);
            without.next(SITS);
        }
        let mut worst = [0.0, 1.0f64];
        for k in 0..6 {
            let (here, there) = (view(&mut with, k), view(&mut without, k));
            let alphas = [with.next(here), without.next(there)];
            let [shown, before] = alphas.each_ref().map(|alpha| mean(alpha, is_room));
            let [person, model] = alphas.each_ref().map(|alpha| mean(alpha, is_person));
            worst = [f64::max(worst[0], shown - before), worst[1].min(person - model)];
        }
        let status = with.pipeline.room_status().expect("a status").expect("a room");
        note!(
            "{what}: {:.5} more of the room, {:.5} of the person, {} resets",
            worst[0],
            worst[1],
            status.resets
        );
        assert!(worst[0] < 0.001, "{what}: {} more of the room is shown", worst[0]);
        assert!(worst[1] > -0.02, "{what}: {} of the person is lost", worst[1]);
        let forgets = ["turned", "off and on", "poisoned", "anything"].iter().any(|kind| what.contains(kind));
        assert_eq!(status.resets > 0.0, forgets, "{what}: {status:?}");
    }
}

/// Somebody asks: the countdown, then the room is learnt, with nothing of it told but the share.
fn asked() {
    let desk = CalibrationDesk::default();
    assert!(!desk.ask(), "nothing learns the room yet");
    let settings = Settings {
        learn_room: LearnRoom::On,
        exposure: Exposure::Off,
        calibration: desk.clone(),
        ..Settings::default()
    };
    let mut pipeline = Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, &settings).expect("a pipeline");
    assert!(!desk.ask(), "it is not shown yet");
    pipeline.adopted(&settings);
    let mut shown = vec![0; SIZE.yuyv_bytes()];
    assert_eq!(desk.progress().phase, CalibrationPhase::Idle);
    assert!(desk.ask());
    let [sits, empty] = [SITS, EMPTY].map(|view| [0, 1].map(|n| picture(view, n)));
    let mut seen = Vec::new();
    for frame in 0..80u64 {
        // The person leaves a second after the countdown.
        let picture = if frame < 40 { &sits } else { &empty }[frame as usize % 2].clone();
        pipeline.process(&picture, Duration::from_millis(100 * frame), &mut shown).expect("a frame");
        let text = desk.progress().text();
        if seen.last() != Some(&text) {
            seen.push(text);
        }
    }
    let want = [
        "leave the picture: 3",
        "leave the picture: 2",
        "leave the picture: 1",
        "leave the picture: 0",
        "somebody is in the picture",
        "learning",
        "learnt",
    ];
    seen.retain(|text| text != "leave the picture: 0");
    assert_eq!(seen, want.into_iter().filter(|text| !text.ends_with('0')).collect::<Vec<_>>());
    let status = pipeline.room_status().expect("a status").expect("a room");
    assert!(status.ask == 0.0 && status.known > 0.98, "{status:?}");
    // A reset forgets it.
    pipeline.reset();
    assert_eq!(pipeline.room_status().expect("a status").expect("a room").known, 0.0);
    let known = pipeline.known_room().expect("a room").expect("of the frame's size");
    assert!(known.trust.iter().all(|&k| k == 0.0), "something is still known");
    // Half a grey that was seen five times.
    let room = pipeline.room().expect("a room");
    let words = (room.plate.bytes / 4) as usize;
    let [luma, chroma] = [125.5, 128.0].map(|code| u32::from((256.0 * code) as u16) * 0x1_0001);
    let plate = [vec![luma; words / 2], vec![chroma; words / 2]].concat();
    for (storage, words) in [(&room.counts, &vec![5; room.size.area()]), (&room.plate, &plate)] {
        gpu().queue().write_buffer(&storage.buffer, storage.offset, bytemuck::cast_slice(words));
    }
    let known = pipeline.known_room().expect("a room").expect("of the frame's size");
    assert!(known.trust.iter().all(|&k| k == 0.5), "{:?}", &known.trust[..9]);
    assert!(known.colours.iter().flatten().all(|v| (v - 0.5).abs() < 1e-6), "{:?}", known.colours[0]);
}

/// Somebody asks again while the room is learnt, or it is forgotten then: the GPU is told at once.
fn asked_again() {
    let desk = CalibrationDesk::default();
    let mut film =
        Film::with(Settings { learn_room: LearnRoom::On, calibration: desk.clone(), ..Settings::default() });
    let told = |film: &Film| film.pipeline.room_status().expect("a status").expect("a room").ask;
    let ask = |film: &mut Film| {
        assert!(desk.ask());
        for _ in 0..200 {
            film.next(EMPTY);
            if desk.progress().phase == CalibrationPhase::Learning {
                return;
            }
            assert_eq!(told(film), 0.0, "{:?}", desk.progress());
        }
        panic!("it is not learnt: {:?}", desk.progress());
    };
    ask(&mut film);
    assert_eq!(told(&film), 1.0);
    // They sit down again, and ask.
    assert!(desk.ask());
    film.next(SITS);
    assert_eq!((desk.progress().phase, told(&film)), (CalibrationPhase::Countdown, 0.0));
    // It is forgotten while it is learnt: learning goes on.
    ask(&mut film);
    assert!(desk.ask_to_forget());
    film.next(EMPTY);
    assert_eq!((desk.progress().phase, told(&film)), (CalibrationPhase::Learning, 1.0));
    // They come back too early.
    for _ in 0..6 {
        film.next(SITS);
    }
    assert_eq!((desk.progress().phase, told(&film)), (CalibrationPhase::Occupied, 0.0));
}

/// With `--follow` each frame shows another part of the room.
fn moves() {
    let geometry = Geometry { follow: Some(2.0), ..Geometry::default() };
    let settings = Settings { learn_room: LearnRoom::On, geometry, ..Settings::default() };
    let pipeline = Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, &settings).expect("a pipeline");
    assert!(pipeline.room().is_none() && !pipeline.set_room_empty(true));
}
