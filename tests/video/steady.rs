//! How often a recording shows each frame of a camera.

use std::time::Duration;

use gpucam::internals::video::{Fps, steady::times};
use libtest_mimic::Trial;

use crate::support::test;

pub fn trials() -> Vec<Trial> {
    vec![
        test("video::steady::plays_as_fast_as_it_came", plays_as_fast_as_it_came),
        test("video::steady::a_steady_camera_is_left_alone", a_steady_camera_is_left_alone),
    ]
}

/// How often each frame is written, of those that come at these seconds.
fn written(promised: u32, at: impl Iterator<Item = f64>) -> Vec<u64> {
    let fps = Fps::new(promised, 1).unwrap();
    let mut all = 0;
    at.map(|seconds| {
        let now = times(all, Duration::from_secs_f64(seconds), fps);
        all += now;
        now
    })
    .collect()
}

/// Over a minute the file has as many frames as its rate asks for, whatever the camera gave; a pause too is as long.
fn plays_as_fast_as_it_came() {
    for (promised, real) in [(30, 12.0), (30, 15.0), (30, 7.5), (60, 29.97), (30, 33.0)] {
        let frames = (60.0 * real) as u32;
        let count: u64 = written(promised, (0..frames).map(|i| f64::from(i) / real)).iter().sum();
        let wanted = u64::from(60 * promised);
        assert!(count.abs_diff(wanted) <= 6, "{count} frames of {wanted} at {real} of {promised}");
    }
    let pause = |i: u32| f64::from(i) / 30.0 + if i < 300 { 0.0 } else { 5.0 };
    assert_eq!(written(30, (0..600).map(pause)).iter().sum::<u64>(), 750);
}

/// Frames of the promised rate that come up to 20 ms early or late are each written once.
fn a_steady_camera_is_left_alone() {
    let jitter = |i: u32| 0.02 * f64::from(i.wrapping_mul(2_654_435_761) >> 16 & 0xff) / 255.0;
    let times = written(30, (0..1800).map(|i| f64::from(i) / 30.0 + jitter(i)));
    assert!(times.iter().all(|times| *times == 1), "{times:?}");
}
