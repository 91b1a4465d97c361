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
    live::{FrameProcessor, GuardRules, LiveLoop, ProcessorFactory},
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
    ]
}

/// Hides the background, until a frame in which it does what a hung GPU does. The unprocessed frame is then in
/// the output.
struct HangingProcessor {
    frames: u32,
    hang: fn() -> Option<Error>,
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
    run_with(hang, longest_call, 1, 1000)
}

/// A run of so many frames. The first processor hangs in its hundredth frame, the others of the first `hanging`
/// in their first.
fn run_with(hang: fn() -> Option<Error>, longest_call: Duration, hanging: u32, frames: u32) -> Ended {
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
        Ok(Box::new(HangingProcessor { frames, hang, was_freed }))
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
    let ended = run_with(hung, ms(20_000), 3, 20_000);
    ended.result.expect("it goes on");
    assert_eq!(ended.made, 4);
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
