//! What a month at 60 frames a second does to clocks and counters: the same run must look the same whenever it begins.
//! Clocks here begin near each edge: u32 milliseconds (49.7 days), u32 microseconds (71.6 minutes), f32 seconds that no
//! longer tell frames apart (3 days), u32 frames (2.3 years), i32 seconds (68 years).

use std::time::Duration;

use gpucam::internals::{
    Effects, Fps, Pipeline, Settings, Size,
    frame::geometry::Geometry,
    live::{Guard, GuardEvent, GuardRules, RateMeter},
};
use libtest_mimic::Trial;

use crate::{
    pipeline::stand_in,
    support::{
        gpu::{BT601, gpu, scene},
        gpu_test, test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("long_runs::the_guard", the_guard),
        test("long_runs::frame_times", frame_times),
        test("long_runs::rates", rates),
        gpu_test("long_runs::pictures", pictures),
    ]
}

const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

/// Beginnings of a run, a second before an edge each.
fn edges() -> Vec<Duration> {
    let before = |edge: Duration| edge - Duration::from_secs(1);
    vec![
        before(Duration::from_micros(1 << 32)),
        before(Duration::from_millis(1 << 31)),
        before(Duration::from_millis(1 << 32)),
        before(Duration::from_secs(1 << 18)),
        before(MONTH),
        before(Duration::from_secs((1 << 32) / 60)),
        before(Duration::from_secs(1 << 31)),
    ]
}

/// The guard says the same at the same times after its beginning.
fn the_guard() {
    let rules = GuardRules {
        grace: Some(Duration::from_secs(3)),
        release: Some(Duration::from_secs(6)),
        ..GuardRules::default()
    };
    let script = |start: Duration| {
        let (mut guard, first) = Guard::new(rules, start);
        let mut said = vec![format!("{first:?}")];
        for turn in 0..600_u64 {
            let now = start + Duration::from_millis(turn * 33);
            let late = now.saturating_sub(Duration::from_millis(10 * (turn % 40)));
            let event = match turn % 97 {
                0 => GuardEvent::Consumers((turn / 97 % 2) as u32),
                50..=60 => GuardEvent::Tick,
                70 => GuardEvent::Failed,
                _ => GuardEvent::Frame { at: now, mask: Some(late), hides: true, age: Duration::ZERO },
            };
            said.push(format!("{:?}", guard.handle(now, event)));
            said.push(format!("{:?}", guard.next_tick().checked_sub(start)));
        }
        said
    };
    let usual = script(Duration::from_secs(100));
    assert!(
        usual.iter().any(|said| said.contains("Slate")) && usual.iter().any(|said| said.contains("Frame"))
    );
    for start in edges() {
        assert!(script(start) == usual, "another run at {start:?}");
    }
}

/// Times of frames keep their distance, and the frame of a time is the one whose time it is.
fn frame_times() {
    for fps in [Fps::new(60, 1).unwrap(), Fps::new(30000, 1001).unwrap(), Fps::new(60000, 1001).unwrap()] {
        let usual = 1.0 / fps.value();
        for number in [1_u64 << 24, (30 * 24 * 3600) * 60, u64::from(u32::MAX) - 1] {
            for frame in number..number + 4 {
                let distance = (fps.time(frame + 1) - fps.time(frame)).as_secs_f64();
                assert!((distance - usual).abs() < 1e-6, "{fps}: {distance} at {frame}");
                assert_eq!(fps.newest(fps, frame), frame);
            }
        }
        // The control: 32 bits of precision would not do.
        let coarse = |frame: u64| frame as f32 / fps.value() as f32;
        assert!((f64::from(coarse((1 << 28) + 1) - coarse(1 << 28)) - usual).abs() > 1e-3);
    }
}

/// A steady camera is steady after a month, and one that sags is noticed.
fn rates() {
    for start in edges() {
        let mut meter = RateMeter::new(Some(60.0));
        let frame = |number: u64| start + Duration::from_nanos(number * 1_000_000_000 / 60);
        let said = (0..3000).filter_map(|number| meter.count(frame(number), 1, Duration::from_millis(16)));
        assert_eq!(said.count(), 0, "at {start:?}");
        let mut meter = RateMeter::new(Some(60.0));
        let said =
            (0..3000).filter_map(|number| meter.count(frame(3 * number), 1, Duration::from_millis(50)));
        assert_eq!(said.count(), 1, "at {start:?}");
    }
}

/// The same frames give the same pictures whenever they are filmed: what follows the person and what moves by itself
/// have the time since the last frame, and since the first.
fn pictures() {
    let size = Size::new(128, 72);
    let frames = [scene(size, 3), scene(size, 4), scene(size, 5)];
    let run = |start: Duration| -> Vec<Vec<u8>> {
        let settings = Settings {
            effects: "blur:12".parse::<Effects>().unwrap(),
            geometry: Geometry { follow: Some(1.5), ..Geometry::default() },
            ..Settings::default()
        };
        let mut pipeline = Pipeline::new(gpu(), stand_in(gpu()), size, BT601, &settings).unwrap();
        let shown = (0..6_u64).map(|number| {
            let mut output = vec![0; size.yuyv_bytes()];
            let at = start + Fps::new(60, 1).unwrap().time(number);
            pipeline.process(&frames[number as usize % 3], at, &mut output).unwrap();
            output
        });
        shown.collect()
    };
    let usual = run(Duration::ZERO);
    assert!(usual[0] != usual[5], "the pictures differ from each other");
    for start in [MONTH, Duration::from_millis((1 << 32) - 50)] {
        assert!(run(start) == usual, "other pictures at {start:?}");
    }
}
