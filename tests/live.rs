//! The live loop: what is shown when, over random events and with a camera and a screen that are made up.

use std::{
    collections::BTreeSet,
    os::fd::BorrowedFd,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use gpucam::{
    Colorimetry, Error, Result, Size,
    live::{Engine, Event, Feed, Guard, Hide, Live, Rules, Screen, Show, Step, Taker, Watchdog},
    video::{Fps, VideoFormat, sys},
};
use libtest_mimic::Trial;

use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("live::guard_never_shows_an_unsafe_frame", guard_never_shows_an_unsafe_frame),
        test("live::guard_that_forgets_ages_is_caught", guard_that_forgets_ages_is_caught),
        test("live::slate_until_the_first_mask", slate_until_the_first_mask),
        test("live::something_is_shown_twice_a_second", something_is_shown_twice_a_second),
        test("live::a_picture_is_not_repeated_for_long", a_picture_is_not_repeated_for_long),
        test("live::on_demand_opens_and_closes", on_demand_opens_and_closes),
        test("live::suspend", suspend),
        test("live::stop_is_for_good", stop_is_for_good),
        test("live::no_raw_frame_leaves_with_faults", no_raw_frame_leaves_with_faults),
        test("live::raw_frames_are_seen_where_they_leave", raw_frames_are_seen_where_they_leave),
        test("live::an_engine_that_cannot_start_ends_it", an_engine_that_cannot_start_ends_it),
        test("live::an_input_that_ends_leaves_the_slate", an_input_that_ends_leaves_the_slate),
    ]
}

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// Numbers without a pattern, always the same (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }
}

/// Plays `turns` random events and judges every picture by the promise itself, told again in other words: a picture
/// is shown only at a frame event whose mask is near enough, or again while nothing bad has happened since such an
/// event, and not for more than two seconds. Returns what was wrong, and the kinds of pictures seen.
fn judge(rules: Rules, promised_age: Duration, seed: u64, turns: u32) -> (Vec<String>, BTreeSet<String>) {
    let mut dice = Dice(seed | 1);
    let mut now = ms(1000);
    let (mut guard, first) = Guard::new(rules, now);
    let mut camera = first.camera == Some(true);
    let (mut since, mut stopped): (Option<Duration>, bool) = (None, false);
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for turn in 0..turns {
        let pause = 1 << dice.below(12);
        now += ms(dice.below(pause));
        let event = match dice.below(100) {
            0..=49 => {
                let mask = match dice.below(5) {
                    0 => None,
                    _ => Some(now.saturating_sub(ms(dice.below(400)))),
                };
                Event::Frame { at: now, mask }
            }
            50..=54 => Event::Failed,
            55..=59 => Event::Lost,
            60..=64 => Event::Consumers(0),
            65..=69 => Event::Consumers(1 + dice.below(3) as u32),
            99 if turn > turns * 9 / 10 => Event::Stop,
            _ => Event::Tick,
        };
        let orders = guard.on(now, event);
        if stopped && orders != Default::default() {
            wrong.push(format!("{event:?} after the end gave {orders:?}"));
        }
        let near = |at: Duration, mask: Option<Duration>| mask.is_some_and(|mask| at - mask <= promised_age);
        match (orders.show, event) {
            (Some(Show::Frame), Event::Frame { at, mask }) if near(at, mask) && camera => since = Some(now),
            (Some(Show::Frame), event) => wrong.push(format!("{event:?} was shown, camera {camera}")),
            (Some(Show::Again), _) if since.is_none_or(|since| now > since + ms(2000)) => {
                wrong.push(format!("shown again at {now:?}, good since {since:?}"));
            }
            _ => {}
        }
        match event {
            Event::Frame { at, mask } if !near(at, mask) => since = None,
            Event::Failed | Event::Lost | Event::Stop => since = None,
            _ => {}
        }
        if let Some(open) = orders.camera {
            if open == camera {
                wrong.push(format!("the camera was told {open} twice"));
            }
            camera = open;
            since = since.filter(|_| open);
        }
        stopped |= event == Event::Stop;
        seen.insert(format!("{:?}", orders.show));
    }
    (wrong, seen)
}

fn guard_never_shows_an_unsafe_frame() {
    let mut all = BTreeSet::new();
    for seed in 0..200 {
        let grace = (seed % 2 == 0).then_some(ms(3000));
        let rules = Rules { grace, ..Rules::default() };
        let (wrong, seen) = judge(rules, ms(200), seed * 7919 + 3, 500);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
        all.extend(seen);
    }
    assert_eq!(all.len(), 4, "slate, frame, again and nothing were all played: {all:?}");
}

/// The judge must see a guard that lets older masks through than was promised.
fn guard_that_forgets_ages_is_caught() {
    let careless = Rules { max_mask_age: ms(300), ..Rules::default() };
    let caught = (0..20).filter(|seed| !judge(careless, ms(200), seed * 7919 + 3, 500).0.is_empty()).count();
    assert_eq!(caught, 20);
    let open = Rules { hides: false, ..Rules::default() };
    assert!(!judge(open, ms(200), 3, 500).0.is_empty(), "without hiding, frames need no mask");
}

fn slate_until_the_first_mask() {
    let (mut guard, orders) = Guard::new(Rules::default(), ms(0));
    assert_eq!((orders.show, orders.camera), (None, Some(true)), "the slate is there already");
    let frame = |at, mask| Event::Frame { at: ms(at), mask };
    assert_eq!(guard.on(ms(10), frame(10, None)).show, Some(Show::Slate));
    assert_eq!(guard.on(ms(600), Event::Tick).show, Some(Show::Slate));
    assert_eq!(guard.on(ms(700), frame(700, Some(ms(499)))).show, Some(Show::Slate), "201 ms old");
    assert_eq!(guard.on(ms(701), frame(701, Some(ms(501)))).show, Some(Show::Frame), "200 ms old");
    assert_eq!(guard.on(ms(702), Event::Failed).show, Some(Show::Slate));
}

fn something_is_shown_twice_a_second() {
    for bad in [None, Some(Event::Failed), Some(Event::Lost)] {
        let (mut guard, _) = Guard::new(Rules::default(), ms(0));
        let (mut shown, mut now) = (ms(0), ms(0));
        guard.on(now, Event::Frame { at: now, mask: Some(now) });
        if let Some(bad) = bad {
            guard.on(now, bad);
        }
        while now < ms(10_000) {
            assert!(guard.wakes() > now && guard.wakes() - shown <= ms(500), "it sleeps, and not too long");
            now = guard.wakes();
            if guard.on(now, Event::Tick).show.is_some() {
                shown = now;
            }
        }
        assert!(now - shown <= ms(500));
    }
}

fn a_picture_is_not_repeated_for_long() {
    let (mut guard, _) = Guard::new(Rules::default(), ms(0));
    assert_eq!(guard.on(ms(0), Event::Frame { at: ms(0), mask: Some(ms(0)) }).show, Some(Show::Frame));
    assert_eq!(guard.on(ms(500), Event::Tick).show, Some(Show::Again));
    assert_eq!(guard.on(ms(1999), Event::Tick).show, Some(Show::Again));
    assert_eq!(guard.on(ms(2000), Event::Tick).show, Some(Show::Slate));
    assert_eq!(guard.on(ms(2500), Event::Tick).show, Some(Show::Slate), "and so it stays");
}

/// The clock of the timestamps stands still over a suspend; another might go on. Either way the picture of before it is
/// soon a slate, and a camera that came back without its stream is opened anew.
fn suspend() {
    let (before, after) = (ms(10_000), ms(8 * 3_600_000));
    let (mut guard, _) = Guard::new(Rules::default(), ms(0));
    guard.on(before, Event::Frame { at: before, mask: Some(before) });
    let orders = guard.on(after, Event::Tick);
    assert_eq!(
        (orders.show, guard.is_hiding()),
        (Some(Show::Slate), false),
        "not the picture of the evening"
    );
    assert!(guard.wakes() > after, "and no hurry to make up for the night");
    // A frame of before the suspend, hidden by a mask of after it.
    assert_eq!(guard.on(after, Event::Frame { at: before, mask: Some(after) }).show, Some(Show::Slate));
    assert_eq!(guard.on(after, Event::Frame { at: after, mask: Some(after) }).show, Some(Show::Frame));

    let watchdog = Watchdog::new(before);
    assert_eq!((watchdog.rest(before), watchdog.is_silent(before)), (ms(2000), false));
    assert_eq!((watchdog.rest(ms(11_999)), watchdog.is_silent(ms(11_999))), (ms(1), false));
    assert!(watchdog.is_silent(ms(12_000)) && watchdog.is_silent(after));
    assert!(!watchdog.is_silent(ms(9_000)), "a clock that goes back is no silence");
}

fn on_demand_opens_and_closes() {
    let rules = Rules { grace: Some(ms(3000)), ..Rules::default() };
    let (mut guard, first) = Guard::new(rules, ms(0));
    assert_eq!(first.camera, None);
    assert_eq!(guard.on(ms(100), Event::Consumers(0)).camera, None);
    assert_eq!(guard.on(ms(200), Event::Consumers(1)).camera, Some(true), "at once");
    assert_eq!(guard.on(ms(300), Event::Consumers(2)).camera, None);
    // A browser that probes comes and goes: the camera stays.
    assert_eq!(guard.on(ms(400), Event::Consumers(0)).camera, None);
    assert_eq!(guard.on(ms(3399), Event::Tick).camera, None);
    assert_eq!(guard.on(ms(3399), Event::Consumers(1)).camera, None);
    assert_eq!(guard.on(ms(9000), Event::Tick).camera, None);
    assert_eq!(guard.on(ms(10_000), Event::Consumers(0)).camera, None);
    assert_eq!(guard.on(ms(11_000), Event::Consumers(0)).camera, None, "the time counts from the first");
    let closed = guard.on(ms(13_000), Event::Tick);
    assert_eq!((closed.show, closed.camera), (Some(Show::Slate), Some(false)));
    let late = guard.on(ms(13_001), Event::Frame { at: ms(12_999), mask: Some(ms(12_999)) });
    assert_eq!(late.show, None, "a frame that was under way");
    assert_eq!(guard.on(ms(13_500), Event::Tick).show, Some(Show::Slate), "idle, and still listed");
    assert_eq!(guard.on(ms(14_000), Event::Consumers(1)).camera, Some(true));
}

fn stop_is_for_good() {
    let (mut guard, _) = Guard::new(Rules::default(), ms(0));
    guard.on(ms(1), Event::Frame { at: ms(1), mask: Some(ms(1)) });
    let end = guard.on(ms(2), Event::Stop);
    assert_eq!((end.show, end.camera), (Some(Show::Slate), Some(false)));
    assert_eq!(guard.on(ms(3), Event::Frame { at: ms(3), mask: Some(ms(3)) }), Default::default());
}

// ---- the whole loop, with marks in place of pictures

const SIZE: Size = Size::new(16, 2);
const RAW: u8 = 200;
const HIDDEN: u8 = 100;
const SLATE: u8 = 16;

/// A camera that shows the mark of the room, fast, and is lost now and then.
struct Room {
    dice: Dice,
    left: u32,
}

impl Feed for Room {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: Fps::new(1000, 1), colorimetry: Colorimetry::default() }
    }

    fn next(&mut self, _: BorrowedFd<'_>, taker: Taker<'_>) -> Step {
        let Some(left) = self.left.checked_sub(1) else { return Step::Ended };
        self.left = left;
        thread::sleep(Duration::from_micros(200));
        match self.dice.below(20) {
            0 => Step::Lost(None),
            1 => Step::Nothing { dropped: 1 },
            _ => {
                taker(&[RAW; SIZE.yuyv_bytes()], sys::now());
                Step::Taken { dropped: 0 }
            }
        }
    }
}

/// Hides, fails half done, panics, says it has no mask, or has an old one; where it does not say so truly, the
/// picture is the room's.
struct Faulty(Dice);

impl Hide for Faulty {
    fn hide(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        // Whatever goes wrong, it goes wrong with the room in the picture.
        output.copy_from_slice(input);
        match self.0.below(40) {
            0..5 => Err(Error::FrameSize { size: SIZE, why: "is a made-up failure" }),
            5 => panic!("a made-up panic"),
            6..12 => Ok(None),
            12..18 => Ok(at.checked_sub(ms(201))),
            _ => {
                output.fill(HIDDEN);
                Ok(Some(at))
            }
        }
    }
}

#[derive(Default)]
struct Marks(Vec<u8>);

impl Screen for Marks {
    fn show(&mut self, yuyv: &[u8], _: Duration) -> Result<()> {
        assert!(yuyv.iter().all(|&byte| byte == yuyv[0]), "one mark all over");
        self.0.push(yuyv[0]);
        Ok(())
    }

    fn show_slate(&mut self) -> Result<()> {
        self.0.push(SLATE);
        Ok(())
    }

    fn consumers(&mut self) -> u32 {
        1
    }
}

/// Every mark that a run with faults shows.
fn marks(rules: Rules, seed: u64) -> Vec<u8> {
    let mut screen = Marks::default();
    // A new one after each panic, with luck of its own.
    let mut made = 0;
    let engine: Engine = Box::new(move |_| {
        made += 1;
        Ok(Box::new(Faulty(Dice((seed + made).wrapping_mul(0x9E37_79B9_7F4A_7C15)))))
    });
    let feed = Box::new(Room { dice: Dice(seed), left: 2000 });
    let live = Live { feed, engine, screen: &mut screen, size: SIZE, rules, frames: None, signals: None };
    live.run().unwrap();
    screen.0
}

fn no_raw_frame_leaves_with_faults() {
    // Panics are part of it; their words are not.
    let quiet = Arc::new(Mutex::new(std::panic::take_hook()));
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().name() != Some("work") {
            quiet.lock().unwrap()(info);
        }
    }));
    for rules in [Rules::default(), Rules { grace: Some(ms(3000)), ..Rules::default() }] {
        let marks = marks(rules, 5);
        let count = |mark| marks.iter().filter(|&&m| m == mark).count();
        assert_eq!(count(RAW), 0, "of {}", marks.len());
        assert!(
            count(HIDDEN) > 100 && count(SLATE) > 100,
            "{} hidden, {} slates",
            count(HIDDEN),
            count(SLATE)
        );
        assert_eq!(marks.last(), Some(&SLATE), "the slate stays");
    }
}

/// The same run with the guard told that nothing is to be hidden must show the room, or the test above sees nothing.
fn raw_frames_are_seen_where_they_leave() {
    assert!(marks(Rules { hides: false, ..Rules::default() }, 5).contains(&RAW));
}

fn an_engine_that_cannot_start_ends_it() {
    let mut screen = Marks::default();
    let engine: Engine = Box::new(|_| Err(Error::NoAdapter));
    let feed = Box::new(Room { dice: Dice(1), left: 10 });
    let live = Live {
        feed,
        engine,
        screen: &mut screen,
        size: SIZE,
        rules: Rules::default(),
        frames: None,
        signals: None,
    };
    assert!(matches!(live.run(), Err(Error::NoAdapter)));
    assert_eq!(screen.0, [SLATE]);
}

fn an_input_that_ends_leaves_the_slate() {
    let mut screen = Marks::default();
    struct Plain;
    impl Hide for Plain {
        fn hide(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
            assert_eq!(output.len(), Size::new(4, 32).yuyv_bytes());
            output.fill(HIDDEN);
            Ok(Some(at))
        }
    }
    let engine: Engine = Box::new(|_| Ok(Box::new(Plain)));
    let feed = Box::new(Room { dice: Dice(9), left: 1000 });
    let rules = Rules::default();
    // Pictures need not be as large as what the camera gives.
    let size = Size::new(4, 32);
    let live = Live { feed, engine, screen: &mut screen, size, rules, frames: Some(50), signals: None };
    live.run().unwrap();
    assert_eq!(screen.0.iter().filter(|&&mark| mark == HIDDEN).count(), 50, "--frames");
    assert_eq!(screen.0.last(), Some(&SLATE));
}
