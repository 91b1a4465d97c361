//! gpucam's node and its readers.

use std::{fs, time::Duration};

use libtest_mimic::Trial;

use super::{
    bars_picture,
    daemon::{Desktop, Frame, desktop_test, within},
    mark_picture,
};
use crate::frames::{BARS, Codes, Seen, Size, bar_error, bt601, nv12, split, yuyv};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        desktop_test("pipewire::output_to_gstreamer", to_gstreamer),
        desktop_test("pipewire::output_to_two_readers", two_readers),
        desktop_test("pipewire::output_on_demand", on_demand),
        desktop_test("pipewire::output_after_a_pause", after_a_pause),
        desktop_test("pipewire::output_latency", latency),
    ]
}

const SIZE: Size = Size::SMALL;
/// In codes, as for other consumers: gpucam's picture is exact to one, the bars' codes are rounded.
const TOLERANCE: f64 = 3.0;

/// Arguments that show the bars at 30 frames a second.
pub(super) fn bars(desktop: &Desktop, size: Size) -> String {
    format!("--input {} --fps 30 --effect none --output pipewire", bars_picture(desktop, size).display())
}

/// The same with the mark, which is told apart from the slate.
fn marked(desktop: &Desktop, size: Size) -> String {
    format!("--input {} --fps 30 --effect none --output pipewire", mark_picture(desktop, size).display())
}

/// Times rise, frames arrive after they were taken, and at the camera's rate.
#[track_caller]
pub(super) fn check_times(frames: &[Frame]) {
    assert!(frames.len() >= 20, "{} frames", frames.len());
    assert!(frames.windows(2).all(|pair| pair[0].pts < pair[1].pts), "times do not rise: {frames:?}");
    assert!(frames.windows(2).all(|pair| pair[0].seq < pair[1].seq), "numbers do not rise: {frames:?}");
    assert!(frames.iter().all(|frame| frame.arrival > frame.pts), "a frame from the future: {frames:?}");
    let (first, last) = (frames[0], frames[frames.len() - 1]);
    let rate = (frames.len() - 1) as f64 / (last.pts - first.pts);
    note!("{} frames, {rate:.1} a second", frames.len());
    assert!((20.0..40.0).contains(&rate), "{rate} frames a second");
}

/// Fails unless a frame shows the bars; the control is a frame with two bars exchanged.
#[track_caller]
pub(super) fn check_bars(frame: &[u8], size: Size) {
    check_bar_codes(|x, y| yuyv(frame, size, x, y), size);
}

#[track_caller]
fn check_bar_codes(pixel: impl Fn(usize, usize) -> Codes, size: Size) {
    let want = BARS.map(bt601);
    let mut wrong = want;
    wrong.swap(1, 2);
    let error = |want| bar_error(size, want, &pixel);
    assert!(error(want) <= TOLERANCE, "{} codes off", error(want));
    assert!(error(wrong) > 20.0, "the comparison sees nothing");
    note!("{:.1} codes off at most", error(want));
}

/// GStreamer's pipewiresrc as the reader, of either format.
fn to_gstreamer() {
    let desktop = Desktop::start();
    let _producer = desktop.producer(&bars(&desktop, SIZE));
    for (format, bytes) in [("YUY2", SIZE.yuyv_bytes()), ("NV12", SIZE.nv12_bytes())] {
        let file = desktop.path(format);
        let words = format!(
            "30 gst-launch-1.0 -q pipewiresrc target-object=gpucam num-buffers=30 ! video/x-raw,format={format} ! filesink \
             location={}",
            file.display()
        );
        let output = desktop.command("timeout").args(words.split_whitespace()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let recorded = fs::read(file).unwrap();
        let frames = split(&recorded, bytes);
        assert_eq!(frames.len(), 30);
        let pixel = if format == "YUY2" { yuyv } else { nv12 };
        check_bar_codes(|x, y| pixel(frames[29], SIZE, x, y), SIZE);
    }
}

/// Two at once, each with every frame.
fn two_readers() {
    let desktop = Desktop::start();
    let producer = desktop.producer(&bars(&desktop, SIZE));
    let readers = [desktop.reader(SIZE, ""), desktop.reader(SIZE, "")];
    for reader in &readers {
        reader.wait_for(60, 30);
    }
    for reader in &readers {
        let got = reader.got.lock().unwrap();
        let shown: Vec<_> = got.frames.iter().skip(5).copied().collect();
        check_times(&shown);
        check_bars(&got.last, SIZE);
    }
    assert!(!producer.log().contains("panicked"), "{}", producer.log());
}

/// The input opens for a reader, who sees the slate until there is a frame, and anew for the next one.
fn on_demand() {
    let desktop = Desktop::start();
    let _producer = desktop.producer(&format!("{} --on-demand --grace 0.5", marked(&desktop, SIZE)));
    for _ in 0..3 {
        let reader = desktop.reader(SIZE, "");
        within(20, "a frame that is no slate", || reader.letters().contains('r'));
        let states = reader.got.lock().unwrap().states.clone();
        let streams = states.iter().find(|(_, state)| state == "streaming").unwrap().0;
        let frames = reader.frames();
        let first = frames.iter().find(|frame| frame.seen == Seen::Raw).unwrap();
        let wait = 1e3 * (first.arrival - streams);
        note!("{}: the camera's picture after {wait:.1} ms", reader.letters());
        assert!(frames[0].arrival - frames[0].pts < 0.5, "a frame from before: {:?}", frames[0]);
        assert!(wait < 2000.0, "the camera is slow to open");
        drop(reader);
        std::thread::sleep(Duration::from_secs(2)); // longer than the grace time
    }
}

/// A reader that pauses gets nothing, and afterwards nothing from before.
fn after_a_pause() {
    let desktop = Desktop::start();
    let _producer = desktop.producer(&marked(&desktop, SIZE));
    let reader = desktop.reader(SIZE, "pause");
    reader.wait_for(10, 20);
    std::thread::sleep(Duration::from_secs(2));
    let before = reader.frames();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(reader.count(), before.len(), "a paused reader gets frames");
    reader.signal("USR1");
    reader.wait_for(10, 20);
    let next = reader.frames()[before.len()];
    let pause = next.arrival - before[before.len() - 1].arrival;
    note!("the first frame after {pause:.1} s was {:.1} ms old", 1e3 * (next.arrival - next.pts));
    assert!(pause > 2.5 && next.arrival - next.pts < 0.5, "{next:?}");
}

/// From the frame's timestamp to the reader; no limits, as machines differ.
fn latency() {
    for size in [Size::SMALL, Size::HD] {
        let desktop = Desktop::start();
        let _producer = desktop.producer(&bars(&desktop, size));
        let reader = desktop.reader(size, "times");
        reader.wait_for(150, 60);
        let mut late: Vec<f64> =
            reader.frames().iter().skip(5).map(|frame| 1e3 * (frame.arrival - frame.pts)).collect();
        late.sort_by(f64::total_cmp);
        let part = |p: f64| late[(p * (late.len() - 1) as f64).round() as usize];
        note!("{size}: {:.2} ms p50, {:.2} ms p95", part(0.5), part(0.95));
        assert!(late[0] > 0.0, "a frame from the future");
    }
}
