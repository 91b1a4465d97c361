//! Headless Chromium: what a page receives from getUserMedia.

use libtest_mimic::Trial;

use crate::{
    frames::{BARS, Size, bars, bt601},
    guest::{Guest, GuestOutput, LoopbackVersion, guest_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![guest_test("browser::sees_ffmpeg", sees_ffmpeg)];
    for version in LoopbackVersion::BOTH {
        trials.push(guest_test(format!("browser::sees_gpucam_{}", version.name()), move || {
            sees_gpucam(version)
        }));
    }
    trials
}

const SIZE: Size = Size::HD;
/// In codes, as for other consumers: the camera's error is 1.5, and Chromium's 8-bit R'G'B' adds at most one.
const TOLERANCE: f64 = 3.0;

/// A guest with a file of bars and the page.
fn guest() -> Guest {
    Guest::new().file("bars.yuyv", &bars(SIZE)).file("page.html", include_bytes!("page.html"))
}

/// Fails unless the page saw the bars, by the device's label and at its size.
#[track_caller]
fn saw_bars(ended: &GuestOutput) {
    let saw = ended.text("saw");
    let words: Vec<&str> = saw.split_whitespace().collect();
    assert_eq!(words[..3], ["SAW", "gpucam", "1280x720"], "{saw}");
    let colours: Vec<[f64; 3]> = words[3..words.len() - 1]
        .iter()
        .map(|word| word.split(',').map(|number| number.parse::<f64>().unwrap() / 255.0).collect::<Vec<_>>())
        .map(|colour| colour.try_into().expect("red, green and blue"))
        .collect();
    assert_eq!(colours.len(), BARS.len(), "{saw}");
    let off = colours.into_iter().zip(BARS).map(|(got, want)| {
        let (got, want) = (bt601(got), bt601(want));
        (0..3).map(|c| (got[c] - want[c]).abs()).fold(0.0, f64::max)
    });
    let worst = off.fold(0.0, f64::max);
    assert!(worst <= TOLERANCE, "{worst} codes off: {saw}");
    note!("{}", saw.trim());
}

/// Tests the page and the browser with ffmpeg as the producer.
fn sees_ffmpeg() {
    let script = "ffmpeg -nostdin -v error -re -stream_loop -1 -f rawvideo -pix_fmt yuyv422 -s 1280x720 -r 30 -i bars.yuyv \
            -c copy -f v4l2 /dev/video10 &
        within 240 streams /dev/video10
        page saw
        kill %1";
    saw_bars(&guest().run(script).success());
}

/// The camera itself is also listed, and busy.
fn sees_gpucam(version: LoopbackVersion) {
    let script = "camera /dev/video0 1280x720 YUYV 1
        producer --camera /dev/video0 --size 1280x720 --output /dev/video10 --effect none
        within 240 streams /dev/video10
        page saw";
    saw_bars(&guest().loopback_version(version).run(script).success());
}
