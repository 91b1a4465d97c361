//! Cameras that are slow, silent or broken: how long they are waited for, and what is said.

use std::time::Duration;

use gpucam::internals::{
    live::{Patience, RateMeter, Verdict},
    video::camera::BrokenFrame,
};
use libtest_mimic::Trial;

use super::ms;
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("live::patience::a_steady_camera_is_opened_again_soon", a_steady_camera_is_opened_again_soon),
        test("live::patience::slow_cameras_are_waited_for", slow_cameras_are_waited_for),
        test(
            "live::patience::a_dead_camera_is_opened_ever_more_rarely",
            a_dead_camera_is_opened_ever_more_rarely,
        ),
        test("live::patience::only_broken_frames", only_broken_frames),
        test("live::patience::suspend", suspend),
        test("live::patience::a_sagging_rate_is_mentioned_once", a_sagging_rate_is_mentioned_once),
    ]
}

/// Plays a camera whose frames come at these times after each start, until `end`, and asks for the verdict
/// whenever it is due. Returns when it was given up, and how often its slowness was mentioned.
fn play(frames: impl Fn(u32) -> Vec<u64>, end: u64) -> (Vec<u64>, u32) {
    let (mut given_up, mut mentioned) = (Vec::new(), 0);
    let mut patience = Patience::new(ms(0));
    let mut start = 0;
    for opening in 0.. {
        patience.started(ms(start));
        let mut frames = frames(opening).into_iter().map(|at| start + at).peekable();
        let mut now = start;
        loop {
            let due = now + patience.remaining(ms(now)).as_millis() as u64;
            if let Some(at) = frames.next_if(|&at| at <= due) {
                patience.picture(ms(at));
                patience.resume(ms(at));
                now = at;
            } else {
                now = due;
                match patience.verdict(ms(now)) {
                    Some(Verdict::Slow) => mentioned += 1,
                    Some(Verdict::Silent(_)) => break,
                    other => assert_eq!(other, None),
                }
            }
            if now >= end {
                return (given_up, mentioned);
            }
        }
        if now >= end {
            break;
        }
        given_up.push(now);
        start = now + patience.failed().as_millis() as u64;
    }
    (given_up, mentioned)
}

fn every(interval: u64, from: u64, until: u64) -> Vec<u64> {
    (from..until).step_by(interval as usize).collect()
}

const MINUTE: u64 = 60_000;

fn a_steady_camera_is_opened_again_soon() {
    // It hangs after ten seconds, and comes back.
    let hangs = |opening| every(33, 100, if opening == 0 { 10_000 } else { 2 * MINUTE });
    let (given_up, mentioned) = play(hangs, MINUTE);
    assert_eq!((given_up.len(), mentioned), (1, 0));
    assert!((11_900..12_100).contains(&given_up[0]), "{given_up:?}");
    // Dim light, and a pause of less than two seconds.
    let dim = |_| [every(66, 100, 5000), every(66, 6900, 2 * MINUTE)].concat();
    assert_eq!(play(dim, MINUTE), (vec![], 0));
}

fn slow_cameras_are_waited_for() {
    for (name, frames) in [
        ("a frame every three seconds", every(3000, 3000, 11 * MINUTE)),
        ("the first at once, then one every three seconds", every(3000, 1, 11 * MINUTE)),
        ("starts after five seconds", every(33, 5000, 11 * MINUTE)),
        ("starts after nine seconds", every(33, 9000, 11 * MINUTE)),
        ("starts after five seconds, a frame every three", every(3000, 5000, 11 * MINUTE)),
    ] {
        assert_eq!(play(|_| frames.clone(), 10 * MINUTE), (vec![], 1), "{name}: opened again, mentioned");
    }
    // It becomes slow only when it has been known as fast: opened again, and then waited for.
    let (given_up, mentioned) =
        play(|_| [every(33, 100, 5000), every(3000, 8000, 11 * MINUTE)].concat(), 10 * MINUTE);
    assert!(given_up.len() <= 2 && mentioned <= 1, "given up at {given_up:?}, mentioned {mentioned} times");
}

fn a_dead_camera_is_opened_ever_more_rarely() {
    let (given_up, mentioned) = play(|_| vec![], 60 * MINUTE);
    let gaps: Vec<u64> = given_up.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.is_sorted() && *gaps.last().unwrap() <= 2 * MINUTE, "{gaps:?}");
    assert!((20..80).contains(&given_up.len()), "{} times in an hour", given_up.len());
    assert_eq!(mentioned, 1);
}

fn only_broken_frames() {
    let broken =
        |n: u32| if n.is_multiple_of(2) { BrokenFrame::CutOff } else { BrokenFrame::Damaged("x".into()) };
    let mut patience = Patience::new(ms(0));
    let mut pauses = Vec::new();
    let mut now = 0;
    for _ in 0..8 {
        patience.started(ms(now));
        let start = now;
        let verdict = (0..).find_map(|n| {
            now += 33;
            patience.broken_frame(ms(now), broken(n));
            patience.verdict(ms(now)).map(|verdict| (n, verdict))
        });
        let (n, verdict) = verdict.unwrap();
        assert_eq!(verdict, Verdict::Broken(broken(n)), "the last one");
        assert!((2000..2200).contains(&(now - start)), "after {} ms", now - start);
        pauses.push(patience.failed().as_millis());
        now += 60_000;
    }
    assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000]);
    // One whole frame among them is enough to go on.
    let mut patience = Patience::new(ms(0));
    for n in 0..1000_u64 {
        let now = ms(33 * n);
        if n % 50 == 49 {
            patience.picture(now)
        } else {
            patience.broken_frame(now, broken(0))
        }
        assert_eq!(patience.verdict(now), None, "frame {n}");
    }
}

/// A camera that comes back from a suspend without its stream is opened again: at once if the clock of the
/// timestamps went on, otherwise after the rest of its time.
fn suspend() {
    let (before, after) = (ms(10_000), ms(8 * 3_600_000));
    let mut patience = Patience::new(ms(0));
    (0..300).for_each(|n| {
        patience.picture(ms(33 * n));
        patience.resume(ms(33 * n));
    });
    patience.resume(before);
    assert_eq!((patience.remaining(before), patience.verdict(before)), (ms(2000), None));
    assert_eq!((patience.remaining(ms(11_999)), patience.verdict(ms(11_999))), (ms(1), None));
    assert_eq!(patience.remaining(ms(9000)), ms(2000), "a clock that goes back is no silence");
    for now in [ms(12_000), after] {
        assert_eq!(patience.verdict(now), Some(Verdict::Silent(ms(2000))));
        assert_eq!(patience.remaining(now), Duration::ZERO);
    }
}

/// The rates that are mentioned in a minute of a camera that promised 30 and gives `rate` frames a second, of
/// whose time `waited` (0 to 1) is spent waiting for it.
fn mentioned(promised: Option<f64>, rate: f64, waited: f64) -> Vec<f64> {
    let mut meter = RateMeter::new(promised);
    let interval = 1.0 / rate;
    let count = |n: u32| {
        let at = Duration::from_secs_f64(f64::from(n) * interval);
        meter.count(at, 1, Duration::from_secs_f64(waited * interval))
    };
    (0..(60.0 * rate) as u32).filter_map(count).collect()
}

const NOTHING: [f64; 0] = [];

fn a_sagging_rate_is_mentioned_once() {
    for rate in [30.0, 60.0, 24.0, 15.0, 14.9] {
        assert_eq!(mentioned(Some(30.0), rate, 0.9), NOTHING, "{rate} of 30 is normal");
    }
    for rate in [14.0, 10.0, 7.5, 1.0, 0.33] {
        let said = mentioned(Some(30.0), rate, 0.9);
        assert!(said.len() == 1 && (said[0] - rate).abs() < 0.05 * rate + 0.01, "{rate}: {said:?}");
    }
    assert_eq!(mentioned(Some(30.0), 5.0, 0.1), NOTHING, "processing is slow, not the camera");
    assert_eq!(mentioned(None, 5.0, 0.9), NOTHING, "nothing was promised");
    assert_eq!(mentioned(Some(5.0), 5.0, 0.9), NOTHING, "five were asked for");
}
