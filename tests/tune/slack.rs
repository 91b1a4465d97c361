//! When something may be measured beside a run: by a clock of the test's own, and by the gaps between real frames.

use std::{
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::{
    Colorimetry, InferenceEngine, Model, Pipeline, Segmenter, Settings, Size,
    model::catalogue,
    tune::{
        self, TuneOptions,
        slack::{Slack, is_quiet},
    },
};
use libtest_mimic::Trial;

use super::case;
use crate::support::{
    self, Files,
    gpu::{gpu, open_tuned},
    gpu_test, needs, test,
};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("tune::slack::only_while_nobody_watches", decided),
        needs(&[Files::MODEL], gpu_test("tune::slack::frames_are_not_delayed", gaps)),
    ]
}

/// A run of an hour, second by second: somebody watches for a while, twice; frames run on for a second after the first
/// time without anybody saying so.
fn decided() {
    let began = Instant::now();
    let at = |seconds: f64| began + Duration::from_secs_f64(seconds);
    let frame = Arc::new(Mutex::new(None));
    let last = frame.clone();
    let slack = Slack::when_quiet(began, move || *last.lock().expect("the test's"));
    assert!(!slack.allows(at(0.0)) && !slack.allows(at(2.9)), "it has just begun");
    assert!(slack.allows(at(3.1)));
    slack.want(at(10.0));
    assert!(!slack.allows(at(10.0)) && !slack.allows(at(12.9)));
    assert!(slack.allows(at(13.1)));
    // Frames come without a word.
    for i in 0..300 {
        let now = at(20.0 + f64::from(i) / 30.0);
        *frame.lock().expect("the test's") = Some(now);
        assert!(!slack.allows(now) && !slack.allows(now + Duration::from_millis(33)));
    }
    assert!(!slack.allows(at(32.0)) && slack.allows(at(33.1)));
    // A clock that goes back allows nothing.
    assert!(!slack.allows(at(5.0)));
    assert!(!is_quiet(at(0.0), Some(at(1.0))));
    assert!(is_quiet(at(0.0), None) && Slack::unlimited().allows(at(0.0)), "nobody shows frames");
}

/// Frames of a run at 30 a second, each saying that it is wanted; the longest time between two, and the
/// longest that one took.
fn frames(pipeline: &mut Pipeline, slack: &Slack) -> [f64; 2] {
    let input = vec![128; pipeline.size().yuyv_bytes()];
    let mut output = vec![0; input.len()];
    let (mut gap, mut longest, mut last) = (0.0f64, 0.0f64, None::<Instant>);
    for number in 0..40 {
        slack.want(Instant::now());
        let start = Instant::now();
        pipeline.process(&input, Duration::from_millis(33 * number), &mut output).expect("a frame");
        longest = longest.max(start.elapsed().as_secs_f64() * 1e3);
        gap = gap.max(last.map_or(0.0, |last| last.elapsed().as_secs_f64() * 1e3));
        last = Some(Instant::now());
        thread::sleep(Duration::from_millis(33).saturating_sub(start.elapsed()));
    }
    [gap, longest]
}

/// The same frames without a tuning beside them, and with one that waits for slack. While frames come it compiles and
/// measures nothing, so that it cannot delay one; the times are printed.
fn gaps() {
    let model = Model::open(&support::files::model_file("selfie-landscape")).expect("the model");
    let reading = catalogue::default().reading;
    let segmenter = Segmenter::load(gpu(), &model, reading, InferenceEngine::Fast);
    let (size, settings) = (Size::new(320, 180), Settings::default());
    let pipeline = Pipeline::new(gpu(), segmenter, size, Colorimetry::default(), &settings);
    let mut pipeline = pipeline.expect("a pipeline");
    frames(&mut pipeline, &Slack::unlimited()); // what is compiled at the first frame is no delay of this kind
    let alone = frames(&mut pipeline, &Slack::unlimited());

    let tuned = open_tuned(*gpu().tuning());
    let slack = Slack::when_quiet(Instant::now(), || None);
    let mut options = TuneOptions::for_time(Duration::from_secs(60));
    options.slack = slack.clone();
    let stop = options.stop.clone();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = events.clone();
    let case = case();
    let tuning = thread::spawn(move || {
        tune::run(&tuned, &case, &options, |event| {
            told.lock().expect("the test's").push((Instant::now(), event.clone()))
        })
    });
    // It prepares what it begins with; a run begins it only when nobody watches, so the first frames come later.
    let prepared = Instant::now();
    while events.lock().expect("the test's").is_empty() && prepared.elapsed() < Duration::from_secs(50) {
        thread::sleep(Duration::from_millis(50));
    }
    slack.want(Instant::now());
    thread::sleep(Duration::from_millis(1500)); // the candidate that is being compiled
    let began = Instant::now();
    let beside = frames(&mut pipeline, &slack);
    let meanwhile = events.lock().expect("the test's").iter().filter(|(at, _)| *at > began).count();
    stop.store(true, Relaxed);
    let ended = tuning.join().expect("no panic").expect("it works");
    note!(
        "longest gap between frames, longest frame: alone {:.0}, {:.0} ms; beside a tuning that waits {:.0}, {:.0} ms; {:?} \
         {} candidates before, {meanwhile} meanwhile",
        alone[0],
        alone[1],
        beside[0],
        beside[1],
        ended.end,
        ended.counts.iter().sum::<usize>()
    );
    assert!(meanwhile <= 1, "{meanwhile} candidates were judged while frames ran");
}
