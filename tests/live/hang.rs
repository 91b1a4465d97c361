//! A GPU that does not answer, and a driver that does not return.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Error, GpuError, Result,
    live::{FrameProcessor, GuardRules, LiveLoop, Output, ProcessorFactory, RecoveryCheck},
};
use libtest_mimic::Trial;

use super::{HIDDEN, MarkOutput, RAW, Rng, SLATE, TestCamera, live_loop, ms};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("live::hang::a_hung_gpu_is_opened_again", a_hung_gpu_is_opened_again),
        test("live::hang::it_is_opened_until_it_answers", it_is_opened_until_it_answers),
        test(
            "live::hang::a_driver_that_never_returns_ends_the_run",
            a_driver_that_never_returns_ends_the_run,
        ),
        test("live::hang::a_slow_driver_does_not", a_slow_driver_does_not),
        test("live::hang::a_gpu_that_recovers_is_freed", a_gpu_that_recovers_is_freed),
        test("live::hang::a_stopped_process_is_no_hung_driver", a_stopped_process_is_no_hung_driver),
    ]
}

/// Hides the background, until a frame in which it does what a hung GPU does. The unprocessed frame is then in
/// the output.
struct HangingProcessor {
    frames: u32,
    hang: fn() -> Option<Error>,
    recovers: bool,
    was_freed: Arc<AtomicBool>,
}

impl FrameProcessor for HangingProcessor {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        self.frames += 1;
        if self.frames == 100 {
            output.copy_from_slice(input);
            if let Some(error) = (self.hang)() {
                return Err(error);
            }
        }
        output.fill(HIDDEN);
        Ok(Some(at))
    }

    fn lose(&mut self) -> RecoveryCheck {
        let recovers = self.recovers;
        Box::new(move || recovers)
    }
}

impl Drop for HangingProcessor {
    fn drop(&mut self) {
        self.was_freed.store(true, Relaxed);
    }
}

struct Ended {
    result: Result<()>,
    marks: Vec<u8>,
    made: u32,
    was_freed: bool,
}

/// A run whose first processor hangs in its hundredth frame.
fn run(hang: fn() -> Option<Error>, longest_call: Duration) -> Ended {
    run_with(hang, longest_call, 1, 1000, false)
}

/// A run of so many frames. The first processor hangs in its hundredth frame, the others of the first `hanging`
/// in their first. With `recovers` their GPUs have done their work when they are next asked.
fn run_with(
    hang: fn() -> Option<Error>,
    longest_call: Duration,
    hanging: u32,
    frames: u32,
    recovers: bool,
) -> Ended {
    let (made, was_freed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let (count, freed) = (made.clone(), was_freed.clone());
    let make_processor: ProcessorFactory = Box::new(move |_| {
        let number = count.fetch_add(1, Relaxed);
        let frames = match number {
            0 => 0,
            number if number < hanging => 99,
            _ => 1000, // never reaches its hundredth frame again
        };
        let was_freed = if number == 0 { freed.clone() } else { Arc::default() };
        Ok(Box::new(HangingProcessor { frames, hang, recovers, was_freed }))
    });
    let mut output = MarkOutput::default();
    let rules = GuardRules { longest_call, ..GuardRules::default() };
    let source = TestCamera { rng: Rng(3), left: frames };
    let live = LiveLoop { rules, ..live_loop(source, make_processor, &mut output) };
    let result = live.run().map(drop);
    assert!(!output.0.contains(&RAW), "the background is seen");
    assert_eq!(output.0.last(), Some(&SLATE), "the slate stays");
    Ended { result, marks: output.0, made: made.load(Relaxed), was_freed: was_freed.load(Relaxed) }
}

fn hung() -> Option<Error> {
    Some(Error::Gpu(GpuError::Hung { waited: ms(2000) }))
}

/// What a hung GPU may still use is not freed, because that would wait for it; a GPU that was lost is freed.
fn a_hung_gpu_is_opened_again() {
    let ended = run(hung, ms(20_000));
    ended.result.expect("it goes on");
    assert_eq!((ended.made, ended.was_freed), (2, false));
    let hidden = ended.marks.iter().filter(|&&mark| mark == HIDDEN).count();
    assert!(hidden > 500, "{hidden} frames, of which the first processor made 99");
    let lost = run(|| Some(Error::Gpu(GpuError::Lost { reason: "made up".into() })), ms(20_000));
    assert_eq!((lost.made, lost.was_freed), (2, true), "control");
}

/// The fault lasts over two more openings; then there are pictures again.
fn it_is_opened_until_it_answers() {
    let ended = run_with(hung, ms(20_000), 3, 20_000, false);
    ended.result.expect("it goes on");
    assert_eq!((ended.made, ended.was_freed), (4, false));
    let last_hidden = ended.marks.iter().rposition(|&mark| mark == HIDDEN).expect("a frame");
    assert!(last_hidden > 1000, "no pictures after the fault");
}

fn a_driver_that_never_returns_ends_the_run() {
    let start = Instant::now();
    let never = || {
        thread::sleep(Duration::from_secs(3600));
        None
    };
    let ended = run(never, ms(300));
    assert!(matches!(ended.result, Err(Error::Gpu(GpuError::Hung { .. }))), "{:?}", ended.result);
    assert!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
    assert!(ended.marks.contains(&HIDDEN));
}

/// Control: one that returns in time does not end it.
fn a_slow_driver_does_not() {
    let slow = || {
        thread::sleep(ms(600));
        None
    };
    let ended = run(slow, ms(20_000));
    ended.result.expect("it goes on");
    assert_eq!(ended.made, 1);
}

/// A GPU that was only late holds memory no longer than until it has done its work; the control is
/// [`it_is_opened_until_it_answers`], whose GPU never does.
fn a_gpu_that_recovers_is_freed() {
    let ended = run_with(hung, ms(20_000), 1, 20_000, true);
    ended.result.expect("it goes on");
    assert_eq!((ended.made, ended.was_freed), (2, true));
}

static IS_IN_DRIVER: AtomicBool = AtomicBool::new(false);

/// Sleeps once while the other thread is in the driver, as if the process had been stopped.
#[derive(Default)]
struct SleepyOutput(MarkOutput);

const SLEEP: Duration = Duration::from_millis(2700);

impl Output for SleepyOutput {
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        self.0.show(yuyv, at)?;
        if IS_IN_DRIVER.swap(false, Relaxed) {
            thread::sleep(SLEEP);
        }
        Ok(())
    }

    fn show_slate(&mut self) -> Result<()> {
        self.0.show_slate()
    }

    fn consumers(&mut self) -> u32 {
        1
    }
}

/// The control is [`a_driver_that_never_returns_ends_the_run`].
fn a_stopped_process_is_no_hung_driver() {
    let hang = || {
        IS_IN_DRIVER.store(true, Relaxed);
        thread::sleep(SLEEP + ms(300));
        None
    };
    let make_processor: ProcessorFactory = Box::new(move |_| {
        Ok(Box::new(HangingProcessor { frames: 0, hang, recovers: false, was_freed: Arc::default() }))
    });
    let mut output = SleepyOutput::default();
    let rules = GuardRules { longest_call: ms(2000), ..GuardRules::default() };
    let source = TestCamera { rng: Rng(3), left: 1000 };
    let live = LiveLoop { rules, ..live_loop(source, make_processor, &mut output) };
    live.run().expect("it goes on");
    assert!(!IS_IN_DRIVER.load(Relaxed), "nothing slept");
}
