//! Prints the latency from the camera's timestamp to the consumer and the frames lost; no limits, as machines
//! differ.

use libtest_mimic::Trial;

use crate::{
    frames::{MARK, Size, arrivals},
    guest::{Guest, guest_test, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![guest_test("latency::of_the_camera_alone", camera_alone)];
    for size in [Size::SMALL, Size::HD] {
        for effect in ["none", "blur"] {
            let name = format!("latency::{effect}_{size}");
            trials.push(model_test(name, move || through_gpucam(size, effect)));
        }
    }
    trials
}

/// By default vivid's timestamp is the end of the frame, but it delivers the frame at its start, thirty
/// milliseconds earlier.
const FROM_THE_START: &str = "v4l2-ctl -d0 --set-ctrl timestamp_source=1";

fn guest() -> Guest {
    Guest::new().arrivals()
}

/// Fails if timestamps run backwards or a frame arrives before its timestamp.
#[track_caller]
fn print_latency(frames: &[(u64, f64, f64)]) {
    assert!(frames.len() > 10, "{} frames", frames.len());
    assert!(frames.windows(2).all(|pair| pair[0].1 < pair[1].1), "timestamps do not rise");
    let mut late: Vec<f64> =
        frames.iter().map(|(_, timestamp, arrival)| 1e3 * (arrival - timestamp)).collect();
    late.sort_by(f64::total_cmp);
    assert!(late[0] > 0.0, "a frame arrived {} ms before it was taken", -late[0]);
    let part = |p: f64| late[(p * (late.len() - 1) as f64).round() as usize];
    let (first, last) = (frames[0], frames[frames.len() - 1]);
    let lost = (last.0 - first.0 + 1) as i64 - frames.len() as i64;
    let rate = (frames.len() - 1) as f64 / (last.1 - first.1);
    note!(
        "{:.2} ms p50, {:.2} ms p95, {lost} lost of {}, {rate:.1} fps",
        part(0.5),
        part(0.95),
        frames.len()
    );
}

/// The consumer's own share: frames straight from vivid.
fn camera_alone() {
    let script = format!(
        "camera /dev/video0 1280x720 YUYV 1
        {FROM_THE_START}
        arrivals /dev/video0 5 times"
    );
    print_latency(&arrivals(&guest().run(&script).success().text("times")));
}

/// Measures twenty seconds. With blur it starts after the slates, whose timestamps are not the camera's.
fn through_gpucam(size: Size, effect: &str) {
    let ready = match effect {
        "none" => "sleep 5".into(),
        _ => format!("watch /dev/video10 {size} before; hidden_again before; unwatch"),
    };
    let script = format!(
        "camera /dev/video0 {size} YUYV {MARK}
        {FROM_THE_START}
        producer --camera /dev/video0 --size {size} --output /dev/video10 --effect {effect} --offline
        within 240 streams /dev/video10
        {ready}
        arrivals /dev/video10 20 times"
    );
    print_latency(&arrivals(&guest().run(&script).success().text("times")));
}
