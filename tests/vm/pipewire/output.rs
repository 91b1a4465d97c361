//! gpucam's node and its readers.

use std::{fs, time::Duration};

use libtest_mimic::Trial;

use super::{
    bars_picture,
    daemon::{Desktop, Frame, desktop_test, within},
    mark_picture,
};
use crate::frames::{BARS, Seen, Size, bar_error, bt601, split, yuyv};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        desktop_test("pipewire::output_to_two_readers", two_readers),
        desktop_test("pipewire::output_on_demand", on_demand),
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
    let want = BARS.map(bt601);
    let mut wrong = want;
    wrong.swap(1, 2);
    let error = |want| bar_error(size, want, |x, y| yuyv(frame, size, x, y));
    assert!(error(want) <= TOLERANCE, "{} codes off", error(want));
    assert!(error(wrong) > 20.0, "the comparison sees nothing");
    note!("{:.1} codes off at most", error(want));
}

/// GStreamer's pipewiresrc as the reader.
#[allow(dead_code)]
fn to_gstreamer() {
    let desktop = Desktop::start();
    let _producer = desktop.producer(&bars(&desktop, SIZE));
    let file = desktop.path("got.yuyv");
    let location = format!("location={}", file.display());
    let words = "-q pipewiresrc target-object=gpucam num-buffers=30 ! filesink";
    let mut words: Vec<_> = words.split(' ').collect();
    words.push(&location);
    let output = desktop.command("timeout").args(["30", "gst-launch-1.0"]).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(file).unwrap();
    let frames = split(&bytes, SIZE.yuyv_bytes());
    assert_eq!(frames.len(), 30);
    check_bars(frames[29], SIZE);
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

/// Nobody reads: the input stays closed. It opens for a reader, who sees the slate until there is a frame, and
/// closes after the grace time.
fn on_demand() {
    let desktop = Desktop::start();
    let producer = desktop.producer(&format!("{} --on-demand --grace 1 -v", marked(&desktop, SIZE)));
    std::thread::sleep(Duration::from_secs(1));
    for _ in 0..2 {
        let reader = desktop.reader(SIZE, "");
        within(20, "a frame that is no slate", || {
            reader.frames().iter().any(|frame| frame.seen != Seen::Slate)
        });
        drop(reader);
        std::thread::sleep(Duration::from_secs(2));
    }
    note!("{}", producer.log());
}
