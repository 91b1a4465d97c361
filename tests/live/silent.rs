//! Changes while the camera sends nothing.

use std::{
    os::fd::BorrowedFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use gpucam::internals::{
    live::{self, Change, GuardRules, LiveSource, SourceEvent},
    sys,
    video::VideoFormat,
};
use libtest_mimic::Trial;

use super::{
    HIDDEN, SIZE, SLATE,
    changes::{Camera, run},
    ms,
};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![test("live::silent::changes_are_made", changes_are_made)]
}

/// A camera that may be silent; it is waited for as a real one is, up to a minute.
struct Silent {
    camera: Camera,
    is_silent: Arc<AtomicBool>,
    longest_wait: Duration,
}

impl LiveSource for Silent {
    fn format(&self) -> VideoFormat {
        self.camera.format()
    }

    fn open(&mut self) {
        self.camera.open();
    }

    fn close(&mut self) {
        self.camera.close();
    }

    fn wait_at_most(&mut self, longest: Duration) {
        self.longest_wait = longest;
    }

    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_> {
        if self.is_silent.load(Relaxed) {
            let longest = self.longest_wait.min(ms(15_000));
            sys::poll(&mut [sys::PollFd::to_read(wake)], longest).unwrap();
            return SourceEvent::Nothing { dropped: 0 };
        }
        self.camera.next(wake)
    }
}

/// Nothing wakes the thread that waits for a frame, so it looks by itself whether a change can be made: a switch without a
/// frame, and another processor.
fn changes_are_made() {
    run("blur", GuardRules::default(), |run| {
        let is_silent = Arc::<AtomicBool>::default();
        let camera = run.camera(SIZE);
        let silent = Silent { camera, is_silent: is_silent.clone(), longest_wait: Duration::MAX };
        let source: live::SourceFactory = Box::new(move || Ok(Box::new(silent)));
        run.make(Change { source: Some(source), ..run.change("blur") }).unwrap();
        run.shows(HIDDEN);
        is_silent.store(true, Relaxed);
        run.shows(SLATE);
        for change in [run.change("pixelate"), Change { effects: None, ..run.change("blur") }] {
            let began = Instant::now();
            run.make(change).unwrap();
            assert!(began.elapsed() < ms(6000), "{:?}", began.elapsed());
        }
        is_silent.store(false, Relaxed);
        run.shows(HIDDEN);
    });
}
