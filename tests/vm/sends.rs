//! What cameras send: MJPG with broken and odd frames, few frames, streams that do not start.

use std::fs;

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use libtest_mimic::Trial;

use crate::{
    frames::{Size, mark, split},
    guest::{Guest, GuestOutput, LoopbackVersion, field, field_test, guest_test, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in LoopbackVersion::BOTH {
        let name = |what: &str| format!("sends::{what}_{}", version.name());
        trials.push(field_test(name("frames_from_the_field"), move || frames_from_the_field(version)));
        trials.push(guest_test(name("broken_frames_are_dropped"), move || broken_frames(version)));
        trials
            .push(model_test(name("broken_frames_stay_hidden"), move || broken_frames_stay_hidden(version)));
    }
    trials.push(guest_test("sends::only_broken_frames", only_broken_frames));
    trials.push(guest_test("sends::another_size", another_size));
    trials.push(guest_test("sends::a_frame_every_three_seconds", a_frame_every_three_seconds));
    trials.push(guest_test("sends::starts_after_five_seconds", starts_after_five_seconds));
    trials.push(guest_test("sends::a_third_of_the_rate", a_third_of_the_rate));
    trials.push(guest_test("sends::streams_that_do_not_start", streams_that_do_not_start));
    trials
}

const SIZE: Size = Size::SMALL;

/// A JPEG whose every part differs from grey: the lower half is nearly white.
fn picture() -> Vec<u8> {
    let pixel = |x: usize, y: usize| {
        let base = if y < SIZE.height / 2 { 40 } else { 215 };
        [base + (x % 32) as u8, base + (y % 16) as u8, base]
    };
    let rgb: Vec<u8> =
        (0..SIZE.height).flat_map(|y| (0..SIZE.width).flat_map(move |x| pixel(x, y))).collect();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 85);
    encoder.encode(&rgb, SIZE.width as u32, SIZE.height as u32, ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// The lumas of a JPEG in limited range, of the rows that a frame has.
fn lumas(jpeg: &[u8]) -> Vec<f64> {
    let grey = image::load_from_memory(jpeg).unwrap().into_rgb8();
    let luma =
        |p: &image::Rgb<u8>| 0.299 * f64::from(p[0]) + 0.587 * f64::from(p[1]) + 0.114 * f64::from(p[2]);
    grey.pixels().take(SIZE.width * SIZE.height).map(|p| 16.0 + luma(p) * 219.0 / 255.0).collect()
}

/// Mean difference of a frame's luma from one of `wanted` in codes, the least.
fn off(frame: &[u8], wanted: &[Vec<f64>]) -> f64 {
    let mean = |want: &Vec<f64>| {
        let codes = frame.iter().step_by(2).zip(want);
        codes.map(|(&code, want)| (f64::from(code) - want).abs()).sum::<f64>() / want.len() as f64
    };
    wanted.iter().map(mean).fold(f64::INFINITY, f64::min)
}

/// Two decoders of JPEG, rounding to limited range, and chroma that is subsampled twice.
const TOLERANCE: f64 = 2.0;

/// Checks that every frame is one of `wanted` whole, or the slate, and that some are the former.
#[track_caller]
fn only_whole(recording: &[u8], wanted: &[Vec<f64>], broken: &[Vec<f64>]) {
    let frames = split(recording, SIZE.yuyv_bytes());
    let slate = |frame: &[u8]| frame.iter().step_by(2).all(|&luma| luma == 16);
    let shown: Vec<f64> =
        frames.iter().filter(|frame| !slate(frame)).map(|frame| off(frame, wanted)).collect();
    note!(
        "{} frames, {} slates, off by {:.1?}",
        frames.len(),
        frames.len() - shown.len(),
        shown.iter().fold(0.0, |a: f64, b| a.max(*b))
    );
    assert!(
        2 * shown.len() > frames.len(),
        "{} of {} frames are slates",
        frames.len() - shown.len(),
        frames.len()
    );
    assert!(shown.iter().all(|off| *off <= TOLERANCE), "not whole: {shown:.1?}");
    for broken in broken {
        let bytes: Vec<u8> = broken.iter().flat_map(|&luma| [luma.round() as u8, 128]).collect();
        assert!(off(&bytes, wanted) > 2.0 * TOLERANCE, "the control: a broken frame would not be seen");
    }
}

/// Starts the sender on video11 and gpucam from there to video10.
fn from_sender(size: &str, interval: u32, files: &str, arguments: &str) -> String {
    format!(
        "export RUST_LOG=gpucam=info
        ./sender /dev/video11 {size} {interval} {files} &
        sender=$!
        within 240 streams /dev/video11
        producer --camera /dev/video11 --output /dev/video10 --effect none {arguments}
        within 240 streams /dev/video10
        "
    )
}

fn guest(version: LoopbackVersion) -> Guest {
    Guest::new().loopback_version(version).program("sender")
}

/// Number of lines of gpucam's log with these words.
pub(crate) fn said(ended: &GuestOutput, words: &str) -> usize {
    ended.text("gpucam.log").lines().filter(|line| line.contains(words)).count()
}

fn frames_from_the_field(version: LoopbackVersion) {
    let names = [
        "camera-640x360",
        "truncated-640x360",
        "padded-640x360",
        "restart-640x360",
        "truncated-640x360",
        "junk-before-restart-640x360",
        "grey-640x360",
        "taller-640x368",
    ];
    let folder = field().unwrap();
    let read = |name: &str| fs::read(folder.join(format!("{name}.jpg"))).unwrap();
    let files = names.map(|name| format!("{name}.jpg")).join(" ");
    let script = format!(
        "{SHOWN}
        {}
        within 240 shown
        capture /dev/video10 80 got
        sleep 8
        kill -INT $producer; wait $producer",
        from_sender("640 360", 33, &files, "")
    );
    let guest =
        names.iter().fold(guest(version), |guest, name| guest.file(&format!("{name}.jpg"), &read(name)));
    let ended = guest.run(&script).success();
    let wanted: Vec<_> =
        ["camera-640x360", "restart-640x360", "taller-640x368"].map(|name| lumas(&read(name))).into();
    only_whole(&ended.bytes("got.raw"), &wanted, &[lumas(&read("truncated-640x360"))]);
    counts_dropped(&ended, 0.15);
    assert_eq!(said(&ended, "broken pictures"), 0, "{ended:?}");
}

/// The last line of the log counts at least this part of the frames as dropped.
#[track_caller]
fn counts_dropped(ended: &GuestOutput, part: f64) {
    let log = ended.text("gpucam.log");
    let line = log.lines().find(|line| line.contains(" frames shown, ")).unwrap_or_else(|| panic!("{log}"));
    let before = |word: &str| -> f64 {
        let number = line.split(word).next().and_then(|left| left.split_whitespace().last());
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number in {line}"))
    };
    let (shown, dropped) = (before(" frames shown"), before(" dropped"));
    note!("{shown} shown, {dropped} dropped");
    assert!(dropped >= part * (shown + dropped), "{line}");
}

/// Every other frame is cut off, damaged, or empty but for its header.
fn broken_frames(version: LoopbackVersion) {
    let whole = picture();
    let cut = whole[..whole.len() / 2].to_vec();
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle..middle + 600].fill(0x55);
    let script = format!(
        "{}
        within 240 shown
        capture /dev/video10 60 got
        kill -INT $producer; wait $producer",
        from_sender("640 360", 33, "whole.jpg cut.jpg whole.jpg damaged.jpg", "")
    );
    let ended = guest(version)
        .file("whole.jpg", &whole)
        .file("cut.jpg", &cut)
        .file("damaged.jpg", &damaged)
        .run(&format!("{SHOWN}\n{script}"))
        .success();
    only_whole(&ended.bytes("got.raw"), &[lumas(&whole)], &[lumas(&[&cut[..], &[0xFF, 0xD9]].concat())]);
    counts_dropped(&ended, 0.3);
}

/// The background carries the mark, in whole frames and in broken ones, and no frame shows it.
fn broken_frames_stay_hidden(version: LoopbackVersion) {
    let size = Size::TINY;
    let grey: Vec<u8> = (0..size.height).flat_map(|y| (0..size.width).map(move |x| mark(x, y))).collect();
    let mut whole = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut whole, 95);
    encoder.encode(&grey, size.width as u32, size.height as u32, ExtendedColorType::L8).unwrap();
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle..middle + 600].fill(0x55);
    let script = format!(
        "./sender /dev/video11 {} {} 100 whole.jpg cut.jpg whole.jpg damaged.jpg &
        within 240 streams /dev/video11
        producer --camera /dev/video11 --output /dev/video10 --effect none
        within 240 streams /dev/video10
        within 240 shown
        watch /dev/video10 {size} open
        sleep 5
        unwatch
        kill -TERM $producer; wait $producer || true
        producer --camera /dev/video11 --output /dev/video10 --effect blur --offline --max-mask-age 2000
        within 240 streams /dev/video10
        watch /dev/video10 {size} seen
        hidden_again seen
        sleep 15
        unwatch",
        size.width, size.height
    );
    let ended = guest(version)
        .file("whole.jpg", &whole)
        .file("cut.jpg", &whole[..middle])
        .file("damaged.jpg", &damaged)
        .run(&format!("{SHOWN}\n{script}"))
        .success();
    assert!(ended.text("open").contains('r'), "the control: without an effect, the mark is seen");
    let seen = ended.text("seen");
    let count = |letter| seen.matches(letter).count();
    note!("{} frames, {} raw, {} hidden, {} slates", seen.len(), count('r'), count('h'), count('s'));
    assert_eq!(count('r'), 0, "the room is seen: {seen}");
    assert!(count('h') > 10, "{seen}");
}

/// Whether a consumer sees more than the slate, whose bytes are 16 and 128.
const SHOWN: &str = r"shown() {
    capture /dev/video10 1 shown && [[ $(tr -d '\020\200' <shown.raw | wc -c) -gt 0 ]]
}";

/// A camera that sends only broken frames is named once and opened again ever more rarely. When it sends whole
/// ones, they are shown.
fn only_broken_frames() {
    let whole = picture();
    let script = format!(
        "{SHOWN}
        cp cut.jpg now.jpg
        {}
        within 240 grep -q 'only broken pictures' gpucam.log
        sleep 14
        grep -c 'opened' gpucam.log >opened || true
        attempt second \"$GPUCAM\" --camera /dev/video11 --effect none --frames 1 --output second.y4m
        kill -INT $producer; wait $producer || true
        attempt file \"$GPUCAM\" --camera /dev/video11 --effect none --frames 1 --output file.y4m
        cp gpucam.log first.log
        producer --camera /dev/video11 --output /dev/video10 --effect none
        within 240 grep -q 'only broken pictures' gpucam.log
        cp whole.jpg new.jpg; mv new.jpg now.jpg
        within 240 shown",
        from_sender("640 360", 33, "now.jpg", "")
    );
    let ended = guest(LoopbackVersion::New)
        .file("whole.jpg", &whole)
        .file("cut.jpg", &whole[..whole.len() / 2])
        .run(&script)
        .success();
    let opened: usize = ended.text("opened").trim().parse().unwrap();
    note!("opened {opened} times in 16 seconds of broken frames");
    assert!((2..=6).contains(&opened), "{ended:?}");
    let log = ended.text("first.log");
    for words in ["only broken pictures", "a picture that is cut off"] {
        assert_eq!(log.lines().filter(|line| line.contains(words)).count(), 1, "{log}");
    }
    let second = ended.text("second.err");
    assert!(
        second.contains("only one program at a time may read") && second.contains("gpucam (process "),
        "{second}"
    );
    note!("{}", second.trim());
    let (code, file) = (ended.text("file.code"), ended.text("file.err"));
    assert_eq!((code.trim(), file.lines().filter(|line| !line.contains("INFO")).count()), ("1", 1), "{file}");
    assert!(file.contains("/dev/video11: for 10 seconds it sent only broken pictures"), "{file}");
    note!("{}", file.lines().last().unwrap_or_default());
}

/// The JPEGs have another size than the camera declares.
fn another_size() {
    let script = format!(
        "{}
        within 240 grep -q '640x360' gpucam.log
        within 240 grep -q 'gives MJPG at 640x360' gpucam.log",
        from_sender("640 480", 33, "whole.jpg", "")
    );
    let ended = guest(LoopbackVersion::New).file("whole.jpg", &picture()).run(&script).success();
    let log = ended.text("gpucam.log");
    let line = log.lines().find(|line| line.contains("gives MJPG")).unwrap();
    assert!(line.contains("at 640x480 and gives MJPG at 640x360; choose --size 640x360"), "{line}");
    note!("{line}");
}

fn a_frame_every_three_seconds() {
    let script = format!(
        "{SHOWN}
        {}
        within 240 shown
        sleep 20
        within 240 shown
        grep -c opened gpucam.log >opened || true",
        from_sender("640 360", 3000, "whole.jpg", "")
    );
    let ended = guest(LoopbackVersion::New).file("whole.jpg", &picture()).run(&script).success();
    assert_eq!(ended.text("opened").trim(), "1", "opened again: {ended:?}");
    assert_eq!(said(&ended, "no picture came for"), 1, "{ended:?}");
    assert_eq!(said(&ended, "WARN"), 1, "one warning: {ended:?}");
}

/// vivid streams and loses every frame for five seconds.
fn starts_after_five_seconds() {
    let script = format!(
        "camera /dev/video0 {SIZE} YUYV 1
        export RUST_LOG=gpucam=info
        v4l2-ctl -d0 --set-ctrl percentage_of_dropped_buffers=100
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect none
        within 240 streams /dev/video10
        within 240 grep -q 'no picture came for 2 seconds' gpucam.log
        sleep 3
        v4l2-ctl -d0 --set-ctrl percentage_of_dropped_buffers=0
        within 240 lit /dev/video10
        sleep 3
        grep -c opened gpucam.log >opened || true"
    );
    let ended = Guest::new().run(&script).success();
    assert_eq!(ended.text("opened").trim(), "1", "opened again: {ended:?}");
    assert_eq!(said(&ended, "no picture came for"), 1, "{ended:?}");
    assert_eq!(said(&ended, "opens it anew"), 0, "{ended:?}");
}

/// v4l2loopback promises 30 frames a second whatever its producer sends.
fn a_third_of_the_rate() {
    let run = |interval: u32, seconds: u32, environment: &str| {
        let script = format!(
            "{SHOWN}
            export {environment}
            {}
            unset LD_PRELOAD
            within 240 shown
            sleep {seconds}",
            from_sender("640 360", interval, "whole.jpg", "")
        );
        let guest = guest(LoopbackVersion::New).preloaded("webcam").file("whole.jpg", &picture());
        guest.run(&script).success()
    };
    let line = |ended: &GuestOutput| {
        let log = ended.text("gpucam.log");
        let lines: Vec<_> =
            log.lines().filter(|line| line.contains("pictures a second instead of 30")).collect();
        assert_eq!((lines.len(), said(ended, "no picture came")), (1, 0), "{log}");
        note!("{}", lines[0]);
        lines[0].to_owned()
    };
    assert!(line(&run(100, 15, "")).ends_with("; more light, --format mjpg or a smaller --size may help"));
    let dim = line(&run(100, 15, "DIM=1 LD_PRELOAD=$PWD/webcam"));
    assert!(dim.contains("dim light; --camera-control exposure_dynamic_framerate=0 keeps the rate"), "{dim}");
    let normal = run(60, 8, "");
    assert_eq!(said(&normal, "pictures a second instead of"), 0, "16 a second are normal: {normal:?}");
}

/// STREAMON fails: too little bandwidth (ENOSPC), a raw node (EPIPE), a camera in use (EBUSY).
fn streams_that_do_not_start() {
    let script = format!(
        "camera /dev/video0 {SIZE} YUYV 1
        for error in 28 32 16; do
            LD_PRELOAD=$PWD/refuse REFUSE=streamon:$error attempt to-$error \"$GPUCAM\" --camera /dev/video0 \
                --effect none --frames 1 --output $error.y4m
        done
        v4l2-ctl -d0 --stream-mmap --stream-count 100000 >/dev/null 2>&1 &
        within 240 taken /dev/video0
        attempt to-held \"$GPUCAM\" --camera /dev/video0 --effect none --frames 1 --output held.y4m
        kill $! || true; wait || true
        export LD_PRELOAD=$PWD/refuse REFUSE=streamon:28
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect none
        unset LD_PRELOAD
        within 240 grep -q bandwidth gpucam.log
        sleep 5"
    );
    let ended = Guest::new().preloaded("refuse").run(&script).success();
    for (name, words) in [
        ("to-28", &["/dev/video0", "USB", "bandwidth", "another port", "--format mjpg", "--size"][..]),
        ("to-32", &["/dev/video0", "raw sensor data", "libcamera"]),
        ("to-16", &["/dev/video0", "another program is using it", "close it"]),
        ("to-held", &["/dev/video0", "v4l2-ctl (process ", "close it"]),
    ] {
        let (code, said) = (ended.text(&format!("{name}.code")), ended.text(&format!("{name}.err")));
        let lines: Vec<_> = said.lines().filter(|line| !line.contains("WARN")).collect();
        assert_eq!(code.trim(), "1", "{name}: {said}");
        assert!(
            lines.len() == 1 && words.iter().all(|word| said.contains(word)),
            "{name}, {words:?}: {said}"
        );
        note!("{}", lines[0]);
    }
    assert_eq!(said(&ended, "bandwidth"), 1, "said once while it is tried again: {ended:?}");
}
