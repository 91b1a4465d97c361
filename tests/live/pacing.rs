//! What is given up for the camera's rate: over simulated GPUs, by a clock that is not waited for, and in a running loop
//! with a device that pretends to be slow.

use std::{
    os::fd::BorrowedFd,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Colorimetry, Result,
    live::{
        self, Change, Claim, FrameProcessor, LiveCommand, LiveObserver, LiveSource, LiveStatus, Output,
        ProcessorFactory, SourceEvent,
        pacing::{Luxuries, Luxury, Pacing, PacingRules},
    },
    sys,
    video::{Fps, VideoFormat},
};
use libtest_mimic::Trial;

use super::{EndsRun, HIDDEN, RAW, Rng, SIZE, SLATE, live_loop, ms};
use crate::support::test;

pub fn trials() -> Vec<Trial> {
    vec![
        test("live::pacing::what_fits_stays", what_fits_stays),
        test("live::pacing::heat_and_its_end", heat_and_its_end),
        test("live::pacing::a_burst_moves_nothing", a_burst_moves_nothing),
        test("live::pacing::one_thing_after_the_other", one_thing_after_the_other),
        test("live::pacing::what_gains_nothing_stays", what_gains_nothing_stays),
        test("live::pacing::falling_clocks_are_tried", falling_clocks_are_tried),
        test("live::pacing::a_slow_camera_has_time", a_slow_camera_has_time),
        test("live::pacing::loads_that_come_and_go", loads_that_come_and_go),
        test("live::pacing::random_loads", random_loads),
        test("live::pacing::what_cannot_be_had_is_not_asked_again", refused),
        test("live::pacing::a_live_run_with_a_slow_device", live_run),
        test("live::pacing::another_source_and_another_processor", others),
    ]
}

/// 720p at 60 frames a second.
const INTERVAL: f64 = 1.0 / 60.0;
const HOUR: f64 = 3600.0;
/// How long preparing another processor takes.
const PREPARATION: f64 = 0.7;

fn luxury(name: &'static str, share: f64) -> Luxury {
    Luxury { name, ratio: None, share }
}

fn two() -> Luxuries {
    Luxuries { all: vec![luxury("the look", 0.5), luxury("the edge", 0.75)], given_up: 0 }
}

fn time(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A camera and a GPU.
struct Simulation<'a> {
    luxuries: Luxuries,
    /// Seconds from frame to frame at a time.
    interval: &'a dyn Fn(f64) -> f64,
    /// Seconds that a frame takes at a time, without what is given up.
    cost: &'a dyn Fn(f64, u32) -> f64,
    /// Whether the driver counts what it drops.
    counts: bool,
    refuses: bool,
}

impl Simulation<'_> {
    fn of(cost: &dyn Fn(f64, u32) -> f64) -> Simulation<'_> {
        Simulation { luxuries: two(), interval: &|_| INTERVAL, cost, counts: true, refuses: false }
    }

    /// When what was given up from then on, for so many seconds.
    fn run(&self, seconds: f64) -> Vec<(f64, u32)> {
        // A clock that has run for a while.
        let start = 1e5;
        let mut pacing = Pacing::new(time(start), &self.luxuries, time(INTERVAL), PacingRules::default());
        let (mut moves, mut prepared) = (Vec::new(), None);
        let (mut captured, mut now) = (0.0, 0.0);
        let mut asked = 0;
        while now < seconds {
            let interval = (self.interval)(now);
            // The newest frame, or the next one.
            let skipped = ((now - captured) / interval).floor().max(1.0);
            captured += skipped * interval;
            let began = now.max(captured);
            let took = (self.cost)(began, pacing.given_up());
            now = began + took;
            let dropped = if self.counts { skipped as u64 - 1 } else { 0 };
            let wanted = pacing.frame(time(start + now), time(start + captured), dropped, time(took));
            if let Some(wanted) = wanted {
                asked += 1;
                prepared = Some((now + PREPARATION, wanted));
            }
            if let Some((_, wanted)) = prepared.take_if(|(at, _)| *at <= now) {
                if self.refuses {
                    pacing.refused(time(start + now));
                } else {
                    pacing.adopted(time(start + now), wanted);
                    moves.push((now, wanted));
                }
            }
        }
        if self.refuses {
            moves = vec![(0.0, 0); asked];
        }
        moves
    }
}

/// Milliseconds as a cost that shrinks with what is given up: the look is four tenths, the edge a quarter of the rest.
fn shrinking(all: f64, given_up: u32) -> f64 {
    let look = if given_up & 1 != 0 { 0.6 } else { 1.0 };
    let edge = if given_up & 2 != 0 { 0.75 } else { 1.0 };
    1e-3 * all * look * edge
}

fn what_fits_stays() {
    assert_eq!(Simulation::of(&|_, given_up| shrinking(14.0, given_up)).run(HOUR), []);
    // The control: a little more does not fit.
    assert!(!Simulation::of(&|_, given_up| shrinking(16.0, given_up)).run(60.0).is_empty());
    // What the user asked for is no luxury.
    let none = Luxuries::default();
    let slow = Simulation { luxuries: none, ..Simulation::of(&|_, _| 0.05) };
    assert_eq!(slow.run(600.0), []);
}

/// Slower from the first minute to the fifth.
fn heat_and_its_end() {
    for counts in [true, false] {
        let cost =
            |now: f64, given_up| shrinking(if (60.0..300.0).contains(&now) { 20.0 } else { 8.0 }, given_up);
        let moves = Simulation { counts, ..Simulation::of(&cost) }.run(1200.0);
        note!("given up at {moves:.1?}");
        let [(down, 1), (up, 0)] = moves[..] else { panic!("{moves:?}") };
        assert!((62.0..70.0).contains(&down), "given up at {down}");
        assert!((308.0..325.0).contains(&up), "taken back at {up}");
    }
}

fn a_burst_moves_nothing() {
    let cost = |now: f64, given_up| shrinking(if now % 30.0 < 1.8 { 40.0 } else { 8.0 }, given_up);
    assert_eq!(Simulation::of(&cost).run(600.0), []);
}

/// In their order, and then no more; and back in the other order.
fn one_thing_after_the_other() {
    let cost = |now: f64, given_up| shrinking(if now < 200.0 { 60.0 } else { 6.0 }, given_up);
    let moves = Simulation::of(&cost).run(900.0);
    let order: Vec<_> = moves.iter().map(|(_, given_up)| *given_up).collect();
    assert_eq!(order, [1, 3, 1, 0], "{moves:?}");
    assert!(moves[1].0 < 15.0 && moves[2].0 > 200.0, "{moves:?}");
}

/// The second luxury costs nothing, so it is not missed for nothing.
fn what_gains_nothing_stays() {
    let cost = |_: f64, given_up| shrinking(40.0, given_up & 1);
    let moves = Simulation::of(&cost).run(HOUR);
    assert_eq!(moves[0].1, 1, "{moves:?}");
    let without: f64 =
        moves.windows(2).filter(|pair| pair[0].1 & 2 != 0).map(|pair| pair[1].0 - pair[0].0).sum();
    note!("{} moves in an hour, {without:.0} s without what gains nothing", moves.len());
    assert!(moves.len() <= 20 && without < 60.0, "{moves:?}");
    assert_eq!(moves.last().expect("moves").1, 1);
    // Known from a measurement at the start, it is not even tried.
    let mut luxuries = two();
    luxuries.all[1].ratio = Some(1.02);
    let moves = Simulation { luxuries, ..Simulation::of(&cost) }.run(HOUR / 2.0);
    assert_eq!(moves.len(), 1, "{moves:?}");
}

/// With less to do the GPU lowers its clocks, so that a frame never seems to have time for more.
fn falling_clocks_are_tried() {
    let cost = |now: f64, given_up: u32| match given_up {
        0 if (10.0..20.0).contains(&now) => 0.020,
        0 => 0.0075,
        _ => 0.007,
    };
    let moves = Simulation::of(&cost).run(HOUR);
    note!("{moves:.1?}");
    assert_eq!(moves.iter().map(|(_, given_up)| *given_up).collect::<Vec<_>>(), [1, 0], "{moves:?}");
}

/// In the dark a camera of 60 frames sends 30: 20 ms are no overrun then.
fn a_slow_camera_has_time() {
    for counts in [true, false] {
        let cost = |_: f64, given_up| shrinking(20.0, given_up);
        let dark = Simulation { counts, interval: &|_| 2.0 * INTERVAL, ..Simulation::of(&cost) };
        assert_eq!(dark.run(600.0), []);
    }
}

/// A game beside it, on and off: each time that something had to go again, it stays away longer.
fn loads_that_come_and_go() {
    for half in [5.0, 12.0, 20.0, 45.0, 90.0, 200.0] {
        let cost =
            |now: f64, given_up| shrinking(if now % (2.0 * half) < half { 20.0 } else { 7.0 }, given_up);
        let moves = Simulation::of(&cost).run(HOUR);
        note!("{half} s on and off: {} moves in an hour", moves.len());
        assert!(moves.len() <= 40, "{half}: {} moves", moves.len());
        // In no minute more than there and back.
        let fast = moves.windows(4).filter(|four| four[3].0 - four[0].0 < 20.0).count();
        assert_eq!(fast, 0, "{half}: {moves:?}");
    }
}

/// Whatever the load: moves are bounded, and at the end, when it is quiet, nothing is given up.
fn random_loads() {
    for seed in 1..=12 {
        let mut rng = Rng(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
        let loads: Vec<f64> = (0..240).map(|_| 5.0 + rng.below(300) as f64 / 10.0).collect();
        let cost = |now: f64, given_up| {
            shrinking(loads.get((now / 15.0) as usize).copied().unwrap_or(5.0), given_up)
        };
        let moves = Simulation::of(&cost).run(4.0 * HOUR);
        note!("seed {seed}: {} moves", moves.len());
        assert!(moves.len() <= 100, "seed {seed}: {} moves", moves.len());
        assert_eq!(moves.last().map_or(0, |last| last.1), 0, "seed {seed}: {moves:?}");
        let adjacent = moves.windows(2).all(|pair| (pair[0].1 ^ pair[1].1).count_ones() == 1);
        assert!(adjacent, "one thing at a time: {moves:?}");
    }
}

fn refused() {
    let cost = |_: f64, given_up| shrinking(40.0, given_up);
    let asked = Simulation { refuses: true, ..Simulation::of(&cost) }.run(HOUR / 2.0).len();
    assert_eq!(asked, 2, "each thing is asked for once");
}

// ---- a running loop

/// The mark of frames with the luxury; those without it have [`HIDDEN`].
const RICH: u8 = 102;

/// Sends [`RAW`], so many frames a second.
struct Camera {
    due: Instant,
    end: Instant,
    fps: u32,
}

fn camera(end: Instant, fps: u32) -> Camera {
    Camera { due: Instant::now(), end, fps }
}

impl LiveSource for Camera {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: Fps::new(self.fps, 1), colorimetry: Colorimetry::default() }
    }

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        let interval = Duration::from_secs(1) / self.fps;
        let now = Instant::now();
        if now > self.end {
            return SourceEvent::Ended;
        }
        let late = now.saturating_duration_since(self.due).as_nanos() / interval.as_nanos();
        thread::sleep(self.due.saturating_duration_since(now));
        self.due += interval * (1 + late as u32);
        SourceEvent::Frame { bytes: &[RAW; SIZE.yuyv_bytes()], at: sys::now(), dropped: late as u64 }
    }
}

/// A device whose frames take as long as `cost` says, unless the luxury is given up.
struct Device {
    given_up: u32,
    cost: Arc<AtomicU64>,
}

fn device(cost: Arc<AtomicU64>, given_up: u32) -> ProcessorFactory {
    Box::new(move |_| Ok(Box::new(Device { given_up, cost: cost.clone() })))
}

impl FrameProcessor for Device {
    fn process(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        let cost = Duration::from_micros(self.cost.load(Relaxed));
        thread::sleep(if self.given_up == 0 { cost } else { cost / 4 });
        output.fill(if self.given_up == 0 { RICH } else { HIDDEN });
        Ok(Some(at))
    }

    fn luxuries(&self) -> Luxuries {
        Luxuries { all: vec![luxury("the luxury", 0.75)], given_up: self.given_up }
    }

    fn without(&self, given_up: u32) -> Option<ProcessorFactory> {
        Some(device(self.cost.clone(), given_up))
    }

    fn pacing_rules(&self) -> PacingRules {
        let rules = PacingRules::default();
        PacingRules { window: ms(60), overrun: ms(180), headroom: ms(300), ..rules }
    }
}

#[derive(Default)]
struct Watched {
    shown: Vec<(u8, Instant)>,
}

impl Output for Watched {
    fn show(&mut self, yuyv: &[u8], _: Duration) -> Result<()> {
        self.shown.push((yuyv[0], Instant::now()));
        Ok(())
    }

    fn show_slate(&mut self) -> Result<()> {
        self.shown.push((SLATE, Instant::now()));
        Ok(())
    }

    fn consumers(&mut self) -> u32 {
        1
    }
}

/// What the loop says of itself. The device becomes fast once it has said that the luxury is given up.
#[derive(Clone)]
struct Told {
    lines: Arc<Mutex<Vec<(String, String)>>>,
    cost: Arc<AtomicU64>,
}

impl LiveObserver for Told {
    fn status(&mut self, status: &LiveStatus) {
        let mut told = self.lines.lock().expect("no panic");
        let now = (status.given_up.clone(), status.given_up_why.clone());
        if !now.0.is_empty() {
            self.cost.store(800, Relaxed);
        }
        if told.last() != Some(&now) {
            told.push(now);
        }
    }
}

/// What 20 frames a second have time for is given up for 200, though the first source's interval is long; and a processor
/// that has nothing to give up says so.
fn others() {
    struct Plain;
    impl FrameProcessor for Plain {
        fn process(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
            output.fill(HIDDEN);
            Ok(Some(at))
        }
    }
    let cost = Arc::new(AtomicU64::new(15_000));
    let mut output = Watched::default();
    let told = Told { lines: Arc::default(), cost: Arc::default() };
    let (handle, control) = live::control(Box::new(told.clone())).expect("a pipe");
    let end = Instant::now() + Duration::from_secs(60);
    let says = |what: &str| {
        let start = Instant::now();
        while told.lines.lock().expect("no panic").last().is_none_or(|(said, _)| said != what) {
            assert!(start.elapsed() < ms(20_000), "'{what}' is not said: {:?}", told.lines);
            thread::sleep(ms(10));
        }
    };
    let make = |source: Option<live::SourceFactory>, make_processor: ProcessorFactory| {
        let change = Change { hides: true, make_processor, effects: None, source, claim: Claim::default() };
        let (sender, ended) = mpsc::channel();
        let reply = Box::new(move |result| sender.send(result).expect("a receiver"));
        assert!(handle.send(LiveCommand::Change(change, reply)));
        ended.recv_timeout(ms(20_000)).expect("an answer").expect("a change");
    };
    thread::scope(|scope| {
        let first = device(cost.clone(), 0);
        let live =
            scope.spawn(|| live_loop(camera(end, 20), first, &mut output).run_controlled(Some(control)));
        let ends = EndsRun(&handle);
        says("");
        make(Some(Box::new(move || Ok(Box::new(camera(end, 200))))), device(cost.clone(), 0));
        says("the luxury");
        make(None, Box::new(|_| Ok(Box::new(Plain))));
        says("");
        drop(ends);
        live.join().expect("no panic").expect("a run");
    });
}

fn live_run() {
    let cost = Arc::new(AtomicU64::new(20_000));
    let mut output = Watched::default();
    let told = Told { lines: Arc::default(), cost: cost.clone() };
    let (handle, control) = live::control(Box::new(told.clone())).expect("a pipe");
    let end = Instant::now() + Duration::from_secs(8);
    let run = live_loop(camera(end, 200), device(cost, 0), &mut output);
    run.run_controlled(Some(control)).expect("a run");
    drop(handle);
    let mut marks: Vec<u8> = output.shown.iter().map(|(mark, _)| *mark).collect();
    assert!(!marks.contains(&RAW), "an unprocessed frame");
    marks.dedup();
    // A loaded machine may make it go once more.
    let [RICH, HIDDEN, RICH, .., SLATE] = marks[..] else { panic!("shown: {marks:?}") };
    assert_eq!(marks.iter().filter(|mark| **mark == SLATE).count(), 1, "frames go on meanwhile: {marks:?}");
    let longest = output.shown.windows(2).map(|pair| pair[1].1 - pair[0].1).max().expect("frames");
    note!("shown: {marks:?}; longest gap {longest:.0?}");
    let told = told.lines.lock().expect("no panic").clone();
    assert!(
        told.iter().any(|(what, why)| what == "the luxury" && why.contains("goes on without the luxury")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|(what, why)| what.is_empty() && why.contains("nothing is given up any more")),
        "{told:?}"
    );
}
