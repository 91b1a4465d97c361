//! The live loop: what is shown when, over random events and with a fake camera and output.

use std::{
    os::fd::BorrowedFd,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use gpucam::internals::{
    Colorimetry, DeviceError, Error, FrameError, GpuError, Result, Size,
    live::{
        FrameProcessor, GuardRules, LiveCommand, LiveHandle, LiveLoop, LiveSource, Output, ProcessorFactory,
        SourceEvent,
    },
    sys,
    video::{Fps, VideoFormat},
};
use libtest_mimic::Trial;

use crate::support::test;

mod changes;
mod freshness;
mod given_up;
mod guard;
mod hang;
mod nv12;
mod pacing;
mod patience;
mod reasons;
mod runtime;
mod shutter;
mod silent;

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = patience::trials();
    trials.extend(freshness::trials());
    trials.extend(hang::trials());
    trials.extend(nv12::trials());
    trials.extend(pacing::trials());
    trials.extend(guard::trials());
    trials.extend(changes::trials());
    trials.extend(given_up::trials());
    trials.extend(reasons::trials());
    trials.extend(runtime::trials());
    trials.extend(silent::trials());
    trials.extend([
        test("live::no_raw_frame_leaves_with_faults", no_raw_frame_leaves_with_faults),
        test("live::raw_frames_are_seen_where_they_leave", raw_frames_are_seen_where_they_leave),
        test("live::an_engine_that_cannot_start_ends_it", an_engine_that_cannot_start_ends_it),
        test("live::an_input_that_ends_leaves_the_slate", an_input_that_ends_leaves_the_slate),
        test("live::a_closed_shutter_shows_the_slate", shutter::a_closed_shutter_shows_the_slate),
        test("live::a_shutter_belongs_to_its_camera", shutter::a_shutter_belongs_to_its_camera),
        test("live::several_outputs", several_outputs),
    ]);
    trials
}

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// Ends a run, also where its test fails: it would be waited for.
struct EndsRun<'a>(&'a LiveHandle);

impl Drop for EndsRun<'_> {
    fn drop(&mut self) {
        self.0.send(LiveCommand::Stop);
    }
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

/// A run with the usual rules, until its source ends.
pub fn live_loop<'a>(
    source: impl LiveSource + 'static,
    make_processor: ProcessorFactory,
    output: &'a mut dyn Output,
) -> LiveLoop<'a> {
    let (source, rules) = (Box::new(source), GuardRules::default());
    LiveLoop { source, make_processor, output, size: SIZE, rules, frames: None, signals: None }
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
    let source = TestCamera { rng: Rng(seed), left: 2000 };
    let live = LiveLoop { rules, ..live_loop(source, make_processor, output) };
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
    let live = live_loop(TestCamera { rng: Rng(1), left: 10 }, make_processor, &mut output);
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
    let source = TestCamera { rng: Rng(9), left: 1000 };
    // Processed frames may differ in size from the camera's.
    let size = Size::new(4, 32);
    let live = LiveLoop { size, frames: Some(50), ..live_loop(source, make_processor, &mut output) };
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
