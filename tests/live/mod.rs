//! The live loop: what is shown when, over random events and with a fake camera and output.

use std::{
    collections::BTreeSet,
    os::fd::BorrowedFd,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use gpucam::internals::{
    Colorimetry, DeviceError, Error, FrameError, GpuError, Result, Size,
    live::{
        FrameProcessor, Guard, GuardEvent, GuardRules, LiveLoop, LiveSource, Output, ProcessorFactory, Show,
        SourceEvent,
    },
    video::{Fps, VideoFormat, sys},
};
use libtest_mimic::Trial;

use crate::support::test;

mod hang;
mod nv12;
mod patience;
mod shutter;

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = patience::trials();
    trials.extend(hang::trials());
    trials.extend(nv12::trials());
    trials.extend([
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
        test("live::a_closed_shutter_shows_the_slate", shutter::a_closed_shutter_shows_the_slate),
        test("live::several_outputs", several_outputs),
    ]);
    trials
}

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// Pseudorandom numbers, always the same (xorshift).
struct Rng(u64);

impl Rng {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }
}

/// Plays `turns` random events and checks every action against an independent formulation of the rules: a
/// frame is shown only at a frame event whose mask is recent enough, or again if nothing bad has happened
/// since such an event, for at most two seconds. Returns the violations and the kinds of actions seen.
fn judge(
    rules: GuardRules,
    promised_age: Duration,
    seed: u64,
    turns: u32,
) -> (Vec<String>, BTreeSet<String>) {
    let mut rng = Rng(seed | 1);
    let mut now = ms(1000);
    let (mut guard, first) = Guard::new(rules, now);
    let mut camera = first.camera == Some(true);
    let (mut since, mut stopped): (Option<Duration>, bool) = (None, false);
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for turn in 0..turns {
        let pause = 1 << rng.below(12);
        now += ms(rng.below(pause));
        let event = match rng.below(100) {
            0..=49 => {
                let mask = match rng.below(5) {
                    0 => None,
                    _ => Some(now.saturating_sub(ms(rng.below(400)))),
                };
                GuardEvent::Frame { at: now, mask }
            }
            50..=54 => GuardEvent::Failed,
            55..=59 => GuardEvent::Lost,
            60..=64 => GuardEvent::Consumers(0),
            65..=69 => GuardEvent::Consumers(1 + rng.below(3) as u32),
            99 if turn > turns * 9 / 10 => GuardEvent::Stop,
            _ => GuardEvent::Tick,
        };
        let action = guard.handle(now, event);
        if stopped && action != Default::default() {
            wrong.push(format!("{event:?} after the end gave {action:?}"));
        }
        let near = |at: Duration, mask: Option<Duration>| mask.is_some_and(|mask| at - mask <= promised_age);
        match (action.show, event) {
            (Some(Show::Frame), GuardEvent::Frame { at, mask }) if near(at, mask) && camera => {
                since = Some(now)
            }
            (Some(Show::Frame), event) => wrong.push(format!("{event:?} was shown, camera {camera}")),
            (Some(Show::Again), _) if since.is_none_or(|since| now > since + ms(2000)) => {
                wrong.push(format!("shown again at {now:?}, good since {since:?}"));
            }
            _ => {}
        }
        match event {
            GuardEvent::Frame { at, mask } if !near(at, mask) => since = None,
            GuardEvent::Failed | GuardEvent::Lost | GuardEvent::Stop => since = None,
            _ => {}
        }
        if let Some(open) = action.camera {
            if open == camera {
                wrong.push(format!("the camera was told {open} twice"));
            }
            camera = open;
            since = since.filter(|_| open);
        }
        stopped |= event == GuardEvent::Stop;
        seen.insert(format!("{:?}", action.show));
    }
    (wrong, seen)
}

fn guard_never_shows_an_unsafe_frame() {
    let mut all = BTreeSet::new();
    for seed in 0..200 {
        let grace = (seed % 2 == 0).then_some(ms(3000));
        let rules = GuardRules { grace, ..GuardRules::default() };
        let (wrong, seen) = judge(rules, ms(200), seed * 7919 + 3, 500);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
        all.extend(seen);
    }
    assert_eq!(all.len(), 4, "slate, frame, again and nothing were all played: {all:?}");
}

/// Control: the judge catches a guard that accepts masks older than allowed.
fn guard_that_forgets_ages_is_caught() {
    let careless = GuardRules { max_mask_age: ms(300), ..GuardRules::default() };
    let caught = (0..20).filter(|seed| !judge(careless, ms(200), seed * 7919 + 3, 500).0.is_empty()).count();
    assert_eq!(caught, 20);
    let open = GuardRules { hides_background: false, ..GuardRules::default() };
    assert!(!judge(open, ms(200), 3, 500).0.is_empty(), "without hiding, frames need no mask");
}

fn slate_until_the_first_mask() {
    let (mut guard, action) = Guard::new(GuardRules::default(), ms(0));
    assert_eq!((action.show, action.camera), (None, Some(true)), "the slate is there already");
    let frame = |at, mask| GuardEvent::Frame { at: ms(at), mask };
    assert_eq!(guard.handle(ms(10), frame(10, None)).show, Some(Show::Slate));
    assert_eq!(guard.handle(ms(600), GuardEvent::Tick).show, Some(Show::Slate));
    assert_eq!(guard.handle(ms(700), frame(700, Some(ms(499)))).show, Some(Show::Slate), "201 ms old");
    assert_eq!(guard.handle(ms(701), frame(701, Some(ms(501)))).show, Some(Show::Frame), "200 ms old");
    assert_eq!(guard.handle(ms(702), GuardEvent::Failed).show, Some(Show::Slate));
}

fn something_is_shown_twice_a_second() {
    for bad in [None, Some(GuardEvent::Failed), Some(GuardEvent::Lost)] {
        let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
        let (mut shown, mut now) = (ms(0), ms(0));
        guard.handle(now, GuardEvent::Frame { at: now, mask: Some(now) });
        if let Some(bad) = bad {
            guard.handle(now, bad);
        }
        while now < ms(10_000) {
            assert!(
                guard.next_tick() > now && guard.next_tick() - shown <= ms(500),
                "it sleeps, and not too long"
            );
            now = guard.next_tick();
            if guard.handle(now, GuardEvent::Tick).show.is_some() {
                shown = now;
            }
        }
        assert!(now - shown <= ms(500));
    }
}

fn a_picture_is_not_repeated_for_long() {
    let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
    assert_eq!(
        guard.handle(ms(0), GuardEvent::Frame { at: ms(0), mask: Some(ms(0)) }).show,
        Some(Show::Frame)
    );
    assert_eq!(guard.handle(ms(500), GuardEvent::Tick).show, Some(Show::Again));
    assert_eq!(guard.handle(ms(1999), GuardEvent::Tick).show, Some(Show::Again));
    assert_eq!(guard.handle(ms(2000), GuardEvent::Tick).show, Some(Show::Slate));
    assert_eq!(guard.handle(ms(2500), GuardEvent::Tick).show, Some(Show::Slate), "and so it stays");
}

/// The clock of the timestamps stands still during a suspend; another clock might go on. Either way the slate
/// soon replaces the picture from before.
fn suspend() {
    let (before, after) = (ms(10_000), ms(8 * 3_600_000));
    let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
    guard.handle(before, GuardEvent::Frame { at: before, mask: Some(before) });
    let action = guard.handle(after, GuardEvent::Tick);
    assert_eq!(
        (action.show, guard.is_showing_frames()),
        (Some(Show::Slate), false),
        "not the picture of the evening"
    );
    assert!(guard.next_tick() > after, "and no hurry to make up for the night");
    // A frame from before the suspend with a mask from after it.
    assert_eq!(
        guard.handle(after, GuardEvent::Frame { at: before, mask: Some(after) }).show,
        Some(Show::Slate)
    );
    assert_eq!(
        guard.handle(after, GuardEvent::Frame { at: after, mask: Some(after) }).show,
        Some(Show::Frame)
    );
}

fn on_demand_opens_and_closes() {
    let rules = GuardRules { grace: Some(ms(3000)), ..GuardRules::default() };
    let (mut guard, first) = Guard::new(rules, ms(0));
    assert_eq!(first.camera, None);
    assert_eq!(guard.handle(ms(100), GuardEvent::Consumers(0)).camera, None);
    assert_eq!(guard.handle(ms(200), GuardEvent::Consumers(1)).camera, Some(true), "at once");
    assert_eq!(guard.handle(ms(300), GuardEvent::Consumers(2)).camera, None);
    // A browser that probes comes and goes; the camera stays open.
    assert_eq!(guard.handle(ms(400), GuardEvent::Consumers(0)).camera, None);
    assert_eq!(guard.handle(ms(3399), GuardEvent::Tick).camera, None);
    assert_eq!(guard.handle(ms(3399), GuardEvent::Consumers(1)).camera, None);
    assert_eq!(guard.handle(ms(9000), GuardEvent::Tick).camera, None);
    assert_eq!(guard.handle(ms(10_000), GuardEvent::Consumers(0)).camera, None);
    assert_eq!(
        guard.handle(ms(11_000), GuardEvent::Consumers(0)).camera,
        None,
        "the time counts from the first"
    );
    let closed = guard.handle(ms(13_000), GuardEvent::Tick);
    assert_eq!((closed.show, closed.camera), (Some(Show::Slate), Some(false)));
    let late = guard.handle(ms(13_001), GuardEvent::Frame { at: ms(12_999), mask: Some(ms(12_999)) });
    assert_eq!(late.show, None, "a frame that was under way");
    assert_eq!(guard.handle(ms(13_500), GuardEvent::Tick).show, Some(Show::Slate), "idle, and still listed");
    assert_eq!(guard.handle(ms(14_000), GuardEvent::Consumers(1)).camera, Some(true));
}

fn stop_is_for_good() {
    let (mut guard, _) = Guard::new(GuardRules::default(), ms(0));
    guard.handle(ms(1), GuardEvent::Frame { at: ms(1), mask: Some(ms(1)) });
    let end = guard.handle(ms(2), GuardEvent::Stop);
    assert_eq!((end.show, end.camera), (Some(Show::Slate), Some(false)));
    assert_eq!(guard.handle(ms(3), GuardEvent::Frame { at: ms(3), mask: Some(ms(3)) }), Default::default());
}

// ---- the whole loop; each frame is filled with one byte that says what it shows

const SIZE: Size = Size::new(16, 2);
const RAW: u8 = 200;
const HIDDEN: u8 = 100;
const SLATE: u8 = 16;

/// A fast camera whose frames are all [`RAW`], and which is lost now and then.
struct TestCamera {
    rng: Rng,
    left: u32,
}

impl LiveSource for TestCamera {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: SIZE, fps: Fps::new(1000, 1), colorimetry: Colorimetry::default() }
    }

    fn next(&mut self, _: BorrowedFd<'_>) -> SourceEvent<'_> {
        let Some(left) = self.left.checked_sub(1) else { return SourceEvent::Ended };
        self.left = left;
        thread::sleep(Duration::from_micros(200));
        match self.rng.below(20) {
            0 => SourceEvent::Lost(None),
            1 => SourceEvent::Nothing { dropped: 1 },
            _ => SourceEvent::Frame { bytes: &[RAW; SIZE.yuyv_bytes()], at: sys::now(), dropped: 0 },
        }
    }
}

/// Hides the background, fails halfway, panics, has no mask, or has an old one. Unless it hides it, the
/// output is the unprocessed frame.
struct FaultyProcessor(Rng);

impl FrameProcessor for FaultyProcessor {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        // Every fault leaves the unprocessed frame in the output.
        output.copy_from_slice(input);
        match self.0.below(40) {
            0..5 => Err(Error::Frame(FrameError::Size { size: SIZE, why: "is a made-up failure" })),
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
struct MarkOutput(Vec<u8>);

impl Output for MarkOutput {
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

/// The byte of every frame that a run with faults shows.
fn marks(rules: GuardRules, seed: u64) -> Vec<u8> {
    let mut output = MarkOutput::default();
    run_with_faults(rules, seed, &mut output);
    output.0
}

fn run_with_faults(rules: GuardRules, seed: u64, output: &mut dyn Output) {
    // A new processor after each panic, with its own seed.
    let mut made = 0;
    let make_processor: ProcessorFactory = Box::new(move |_| {
        made += 1;
        Ok(Box::new(FaultyProcessor(Rng((seed + made).wrapping_mul(0x9E37_79B9_7F4A_7C15)))))
    });
    let source = Box::new(TestCamera { rng: Rng(seed), left: 2000 });
    let live = LiveLoop { source, make_processor, output, size: SIZE, rules, frames: None, signals: None };
    live.run().unwrap();
}

/// The worker's panics are expected; their messages are not printed.
fn expect_panics() {
    let quiet = Arc::new(Mutex::new(std::panic::take_hook()));
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().name() != Some("work") {
            quiet.lock().unwrap()(info);
        }
    }));
}

fn no_raw_frame_leaves_with_faults() {
    expect_panics();
    for rules in [GuardRules::default(), GuardRules { grace: Some(ms(3000)), ..GuardRules::default() }] {
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

/// Control: the same run with a guard that need not hide anything shows unprocessed frames.
fn raw_frames_are_seen_where_they_leave() {
    assert!(marks(GuardRules { hides_background: false, ..GuardRules::default() }, 5).contains(&RAW));
}

fn an_engine_that_cannot_start_ends_it() {
    let mut output = MarkOutput::default();
    let make_processor: ProcessorFactory = Box::new(|_| Err(Error::Gpu(GpuError::NoAdapter)));
    let source = Box::new(TestCamera { rng: Rng(1), left: 10 });
    let live = LiveLoop {
        source,
        make_processor,
        output: &mut output,
        size: SIZE,
        rules: GuardRules::default(),
        frames: None,
        signals: None,
    };
    assert!(matches!(live.run(), Err(Error::Gpu(GpuError::NoAdapter))));
    assert_eq!(output.0, [SLATE]);
}

fn an_input_that_ends_leaves_the_slate() {
    let mut output = MarkOutput::default();
    struct ConstantProcessor;
    impl FrameProcessor for ConstantProcessor {
        fn process(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
            assert_eq!(output.len(), Size::new(4, 32).yuyv_bytes());
            output.fill(HIDDEN);
            Ok(Some(at))
        }
    }
    let make_processor: ProcessorFactory = Box::new(|_| Ok(Box::new(ConstantProcessor)));
    let source = Box::new(TestCamera { rng: Rng(9), left: 1000 });
    let rules = GuardRules::default();
    // Processed frames may differ in size from the camera's.
    let size = Size::new(4, 32);
    let live = LiveLoop {
        source,
        make_processor,
        output: &mut output,
        size,
        rules,
        frames: Some(50),
        signals: None,
    };
    live.run().unwrap();
    assert_eq!(output.0.iter().filter(|&&mark| mark == HIDDEN).count(), 50, "--frames");
    assert_eq!(output.0.last(), Some(&SLATE));
}

/// Two of three outputs work: they are shown everything, the failure is told, and consumers are added up.
fn several_outputs() {
    #[derive(Default)]
    struct Fragile {
        shown: MarkOutput,
        is_broken: bool,
        consumers: u32,
    }
    impl Output for Fragile {
        fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
            if self.is_broken {
                return Err(Error::Device(DeviceError::NoLoopback));
            }
            self.shown.show(yuyv, at)
        }

        fn show_slate(&mut self) -> Result<()> {
            self.show(&[SLATE; 4], Duration::ZERO)
        }

        fn consumers(&mut self) -> u32 {
            self.consumers
        }
    }
    let output = |consumers| Fragile { consumers, ..Fragile::default() };
    let mut outputs = vec![output(0), output(2), output(1)];
    assert_eq!(outputs.consumers(), 3);
    outputs.show(&[HIDDEN; 4], ms(1)).unwrap();
    outputs[0].is_broken = true;
    assert!(outputs.show(&[HIDDEN; 4], ms(2)).is_err(), "the failure is told");
    assert!(outputs.show_slate().is_err());
    let shown = outputs.iter().map(|output| output.shown.0.clone()).collect::<Vec<_>>();
    let all = vec![HIDDEN, HIDDEN, SLATE];
    assert_eq!(shown, [vec![HIDDEN], all.clone(), all], "the others end with the slate");
}
