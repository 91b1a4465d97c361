//! Frames that waited for too long, and frames whose times are of another clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use gpucam::internals::{
    Result,
    live::{FrameProcessor, Freshness, GuardRules, LiveLoop, Output},
};
use libtest_mimic::Trial;

use super::{HIDDEN, MarkOutput, Rng, TestCamera, live_loop, ms};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("live::freshness::a_frame_that_waited_is_dropped", a_frame_that_waited_is_dropped),
        test("live::freshness::a_suspended_machine", a_suspended_machine),
        test("live::freshness::a_first_frame_that_waited_is_dropped", a_first_frame_that_waited_is_dropped),
        test("live::freshness::what_took_too_long_is_not_shown", what_took_too_long_is_not_shown),
        test("live::freshness::an_output_that_stands_still", an_output_that_stands_still),
        test("live::freshness::times_of_another_clock_say_nothing", times_of_another_clock_say_nothing),
    ]
}

const HOUR: u64 = 3_600_000;

/// A camera of 30 frames a second, with four buffers, and a program that takes the newest one.
struct Watched {
    freshness: Freshness,
    /// Of the monotonic clock.
    now: u64,
    suspended: u64,
}

impl Watched {
    fn new() -> Self {
        let mut watched = Self { freshness: Freshness::default(), now: HOUR, suspended: 0 };
        watched.freshness.started(ms(watched.now));
        watched
    }

    /// Whether a frame that is so old is dropped.
    fn drops(&mut self, age: u64) -> bool {
        let now = ms(self.now);
        self.freshness.is_too_old(now - ms(age), now, now + ms(self.suspended))
    }

    /// Frames for a while; how many are dropped.
    fn plays(&mut self, count: u64, age: u64) -> usize {
        (0..count).map(|_| (self.now += 33, self.drops(age)).1).filter(|drops| *drops).count()
    }
}

fn a_frame_that_waited_is_dropped() {
    let mut camera = Watched::new();
    assert_eq!(camera.plays(300, 5), 0);
    for stop in [1_100, 10_000, 9 * HOUR] {
        camera.now += stop;
        assert!(camera.drops(stop - 40), "the frame from before a stop of {stop} ms");
        assert_eq!(camera.plays(30, 5), 0, "and none after it");
    }
    // The control: a slow machine, and a camera that sends a frame every three seconds.
    for work in [100, 900] {
        camera.now += work;
        assert!(!camera.drops(work));
    }
    camera.now += 3_000;
    assert!(!camera.drops(2));
}

/// The monotonic clock stands still meanwhile, so that the frame from before seems to be new.
fn a_suspended_machine() {
    let mut camera = Watched::new();
    assert_eq!(camera.plays(30, 5), 0);
    camera.suspended += 8 * HOUR;
    camera.now += 33;
    assert!(camera.drops(20), "the frame from before");
    assert_eq!(camera.plays(300, 5), 0);
    // The control: what was before the start is no suspension of ours.
    let mut camera = Watched { suspended: HOUR, ..Watched::new() };
    assert_eq!(camera.plays(30, 5), 0);
}

/// The camera streams while shaders are compiled.
fn a_first_frame_that_waited_is_dropped() {
    let mut camera = Watched::new();
    camera.now += 20_000;
    assert!(camera.drops(19_800));
    assert_eq!(camera.plays(30, 5), 0);
}

/// Frames carry their number. Two take too long: the first of all, and one among quick ones.
fn what_took_too_long_is_not_shown() {
    const LATE: u8 = 105;
    struct Numbers(u8);
    impl FrameProcessor for Numbers {
        fn process(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
            if [100, LATE].contains(&self.0) {
                thread::sleep(ms(1500));
            }
            output.fill(self.0);
            self.0 += 1;
            Ok(Some(at))
        }
    }
    let mut output = MarkOutput::default();
    let source = TestCamera { rng: Rng(3), left: 1000 };
    let rules = GuardRules { longest_repeat: ms(1000), ..GuardRules::default() };
    let make_processor = Box::new(|_| Ok(Box::new(Numbers(100)) as Box<dyn FrameProcessor>));
    let live = LiveLoop { rules, frames: Some(20), ..live_loop(source, make_processor, &mut output) };
    live.run().unwrap();
    let shown: Vec<_> = (100..120).filter(|number| output.0.contains(number)).collect();
    assert_eq!(shown, (100..120).filter(|number| *number != LATE).collect::<Vec<u8>>());
}

/// While the thread that shows frames is held up, no frames are made for it: they would be old, and fill the memory.
fn an_output_that_stands_still() {
    struct Counts(Arc<AtomicU64>);
    impl FrameProcessor for Counts {
        fn process(&mut self, _: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
            self.0.fetch_add(1, Relaxed);
            output.fill(HIDDEN);
            Ok(Some(at))
        }
    }
    /// Stands still at the first frame; how many were made meanwhile.
    struct Standing(Arc<AtomicU64>, Option<u64>);
    impl Output for Standing {
        fn show(&mut self, _: &[u8], _: Duration) -> Result<()> {
            if self.1.is_none() {
                let before = self.0.load(Relaxed);
                thread::sleep(ms(500));
                self.1 = Some(self.0.load(Relaxed) - before);
            }
            Ok(())
        }

        fn show_slate(&mut self) -> Result<()> {
            Ok(())
        }

        fn consumers(&mut self) -> u32 {
            1
        }
    }
    let made = Arc::new(AtomicU64::new(0));
    let mut output = Standing(made.clone(), None);
    let source = TestCamera { rng: Rng(7), left: 4000 };
    let counts = made.clone();
    let make_processor = Box::new(move |_| Ok(Box::new(Counts(counts.clone())) as Box<dyn FrameProcessor>));
    live_loop(source, make_processor, &mut output).run().unwrap();
    let (made, meanwhile) = (made.load(Relaxed), output.1.unwrap());
    note!("{made} frames made, {meanwhile} of them while the output stood still");
    assert!(meanwhile <= 9 && made > 100, "{meanwhile} of {made}");
}

fn times_of_another_clock_say_nothing() {
    // A relay whose times begin at 0, or lie days behind.
    for behind in [HOUR, HOUR - 5_000, HOUR / 2] {
        let mut camera = Watched::new();
        assert_eq!(camera.plays(300, behind), 0, "{behind} ms behind");
        camera.now += 10_000;
        assert_eq!(camera.plays(300, behind), 0, "{behind} ms behind, after a stop");
    }
    // A clock that was ours and jumps: shown again after as many frames as a driver may have buffers.
    let mut camera = Watched::new();
    assert_eq!(camera.plays(300, 5), 0);
    assert_eq!(camera.plays(300, 5_000), 8);
    assert_eq!(camera.plays(300, 5), 0);
    camera.now += 10_000;
    assert!(camera.drops(9_000), "and it is trusted again once its frames are new");
    let restarted = Duration::ZERO;
    camera.freshness.started(restarted);
    assert_eq!(camera.plays(300, 5), 0);
}
