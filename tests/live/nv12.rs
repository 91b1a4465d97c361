//! An output that wants NV12 now and then, in a run with faults: both packings show the same, and never an
//! unprocessed frame.

use std::time::Duration;

use gpucam::internals::{
    Result,
    frame::packed::{PackedFrame, pack_nv12},
    live::{GuardRules, Output},
};
use libtest_mimic::Trial;

use super::{HIDDEN, RAW, SLATE, expect_panics, run_with_faults};
use crate::support::test;

pub fn trials() -> Vec<Trial> {
    vec![
        test("live::nv12_never_shows_a_raw_frame", || assert_eq!(run(GuardRules::default()).of(RAW), [0; 2])),
        test("live::nv12_of_raw_frames_is_seen", raw_is_seen),
    ]
}

/// What was shown with NV12 and without.
#[derive(Default)]
struct Nv12Output {
    shows: usize,
    /// A frame's mark, and whether it came as NV12 too.
    marks: Vec<(u8, bool)>,
}

impl Nv12Output {
    /// Number of frames with this mark, without NV12 and with it.
    fn of(&self, mark: u8) -> [usize; 2] {
        [false, true].map(|nv12| self.marks.iter().filter(|shown| **shown == (mark, nv12)).count())
    }
}

impl Output for Nv12Output {
    fn show(&mut self, _: &[u8], _: Duration) -> Result<()> {
        panic!("a frame without its packings");
    }

    fn wants_nv12(&self) -> bool {
        self.shows / 50 % 2 == 1
    }

    fn show_frame(&mut self, frame: &PackedFrame, _: Duration) -> Result<()> {
        self.shows += 1;
        if let Some(nv12) = frame.nv12() {
            let mut packed = vec![0; nv12.len()];
            pack_nv12(frame.yuyv(), frame.size(), &mut packed);
            assert!(nv12 == packed, "two pictures in one frame");
        }
        self.marks.push((frame.yuyv()[0], frame.nv12().is_some()));
        Ok(())
    }

    fn show_slate(&mut self) -> Result<()> {
        self.marks.push((SLATE, false));
        Ok(())
    }

    fn consumers(&mut self) -> u32 {
        1
    }
}

fn run(rules: GuardRules) -> Nv12Output {
    expect_panics();
    let mut output = Nv12Output::default();
    run_with_faults(rules, 6, &mut output);
    let hidden = output.of(HIDDEN);
    assert!(hidden.iter().all(|&frames| frames > 50), "{hidden:?} frames without NV12 and with it");
    output
}

/// The control: with a guard that need not hide anything, unprocessed frames come in both packings.
fn raw_is_seen() {
    let output = run(GuardRules { hides_background: false, ..GuardRules::default() });
    assert!(output.of(RAW).iter().all(|&frames| frames > 0));
}
