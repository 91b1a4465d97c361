//! The background stays hidden while masks are missing, old or late, and while the GPU is lost. The faults
//! are those of src/live/fault_injection.rs, which development builds have; each leaves the unprocessed frame
//! in the output buffer.

use std::fs;

use libtest_mimic::Trial;

use crate::{
    frames::{MARK, Seen, Size, seen, split},
    guest::{Guest, GuestOutput, LoopbackVersion, MODEL, fault_test, model_test, models},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![model_test("faults::every_frame_is_shown_or_counted", counted)];
    let fault =
        |name: &str, version: LoopbackVersion, run: fn(LoopbackVersion, &str), faults: &'static str| {
            fault_test(format!("faults::{name}_{}", version.name()), move || run(version, faults))
        };
    for (name, faults) in [
        ("slow", "slow:400"),
        ("fail", "fail:3"),
        ("no_mask", "none:2"),
        ("stale_mask", "stale:3"),
        ("panic", "panic:20"),
        ("lost", "lost:20"),
    ] {
        trials.push(fault(name, LoopbackVersion::New, hidden, faults));
    }
    for version in LoopbackVersion::BOTH {
        trials.push(fault("all", version, hidden, "slow:50,fail:3,none:4,stale:5,panic:31,lost:47"));
        trials.push(fault("hang", version, hangs, "hang:15"));
        trials.push(fault("stuck", version, is_stuck, "stuck:15"));
        trials.push(model_test(format!("faults::nan_{}", version.name()), move || nan(version)));
    }
    trials
}

const SIZE: Size = Size::TINY;

/// Starts gpucam on a background that carries the mark, and a consumer that writes a letter per frame into
/// `seen`.
fn watched(arguments: &str) -> String {
    format!(
        "camera /dev/video0 {SIZE} YUYV {MARK}
        capture /dev/video0 3 room
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect blur --offline {arguments}
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen"
    )
}

/// Returns what the consumer saw, a letter per frame. Fails if it saw the background.
#[track_caller]
fn never_raw(what: &str, ended: &GuestOutput) -> String {
    // Control: the mark is visible in the camera's frames.
    let room = ended.bytes("room.raw");
    assert!(split(&room, SIZE.yuyv_bytes()).iter().all(|frame| seen(frame, SIZE) == Seen::Raw));
    let letters = ended.text("seen");
    let count = |letter| letters.matches(letter).count();
    note!(
        "{what}: {} frames, {} raw, {} hidden, {} slates",
        letters.len(),
        count('r'),
        count('h'),
        count('s')
    );
    assert_eq!(count('r'), 0, "the room is seen: {letters}");
    letters
}

fn faulty(version: LoopbackVersion, faults: &str, script: &str) -> GuestOutput {
    let guest = Guest::new().loopback_version(version).variable("GPUCAM_FAULTS", faults);
    let ended = guest.run(&format!("{}\n{script}", watched(""))).success();
    let log = ended.text("gpucam.log");
    assert!(log.contains("faults on purpose"), "no faults: {log}");
    ended
}

/// No frame shows the background, some show it hidden, and slates follow if the fault recurs.
fn hidden(version: LoopbackVersion, faults: &str) {
    let script = "within 240 grep -q h seen
        sleep 15
        unwatch";
    let letters = never_raw(faults, &faulty(version, faults, script));
    let first = letters.find('h').expect("a hidden room");
    assert!(faults.starts_with("slow:400") || letters[first..].contains('s'), "no fault shows: {letters}");
}

/// The worker thread hangs for ten seconds: the slate is shown meanwhile and the hidden background
/// afterwards. In the next hang, SIGTERM still ends gpucam, with the slate as the last frame.
fn hangs(version: LoopbackVersion, faults: &str) {
    let script = "within 240 grep -q 'h.*s.*h.*s' seen
        start=$EPOCHREALTIME
        kill -TERM $producer
        wait $producer
        echo $start $EPOCHREALTIME
        sleep 1
        unwatch";
    let ended = faulty(version, faults, script);
    let letters = never_raw(faults, &ended);
    let [start, end] = numbers(&ended.stdout())[..] else { panic!("two times: {ended:?}") };
    note!("ended {:.1} s after SIGTERM, in a hang of 10 s", end - start);
    assert!(letters.ends_with('s'), "the last frame is no slate: {letters}");
}

/// The GPU's driver never returns: the slate within 2.5 s, and after 20 s gpucam ends with a sentence, so that
/// whatever started it can start it again.
fn is_stuck(version: LoopbackVersion, faults: &str) {
    let script = "within 240 grep -q 'h.*sss' seen
        code=0; wait $producer || code=$?
        echo $code
        sleep 1
        unwatch";
    let ended = faulty(version, faults, script);
    let letters = never_raw(faults, &ended);
    assert_eq!(ended.stdout().trim(), "1", "{ended:?}");
    let log = ended.text("gpucam.log");
    assert!(log.contains("the GPU has not answered for 20 seconds"), "{log}");
    let last = letters.rfind('h').expect("a hidden room");
    // A frame is repeated for two seconds, twice a second.
    assert!(letters[last..].len() > 10 && letters.ends_with('s'), "the slate does not stay: {letters}");
}

/// A model that outputs only NaN, made from the real one: it finds no person, so the whole frame is hidden.
fn nan(version: LoopbackVersion) {
    let guest = Guest::new().loopback_version(version).file("nan.tflite", &model_of_nan());
    let arguments = "--model nan.tflite --model-input 0..1 --model-output probability";
    let script = format!("{}\nwithin 240 grep -q h seen\nsleep 10\nunwatch", watched(arguments));
    let letters = never_raw("a model of NaN", &guest.run(&script).success());
    assert!(letters.matches('h').count() > 10, "{letters}");
}

/// The default model with NaN as the bias of its last operator, a transposed convolution: one 16-bit number.
fn model_of_nan() -> Vec<u8> {
    const BIAS: std::ops::Range<usize> = 1008..1010;
    const OWN: [u8; 2] = [0x60, 0x34]; // 0.273
    const NAN: [u8; 2] = [0x00, 0x7e];
    let mut model = fs::read(models().expect("declared").join(MODEL)).unwrap();
    assert_eq!(model[BIAS], OWN, "the catalogue's model has its last bias there");
    model[BIAS].copy_from_slice(&NAN);
    model
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map(|number| number.parse().unwrap_or_else(|_| panic!("a number: {text}")))
        .collect()
}

/// The numbers of frames shown and dropped that gpucam reports add up to what the camera delivered in that
/// time at 30 frames per second; vivid derives its frame count from the time. Start and stop are each known
/// to lie between two times.
fn counted() {
    /// Frames in flight at the end: four in the driver's buffers, one in processing, and one for clock
    /// differences.
    const SLACK: f64 = 6.0;
    let script = format!(
        "camera /dev/video0 {SIZE} YUYV {MARK}
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect blur --offline
        within 240 streams /dev/video10
        look=$EPOCHREALTIME
        until taken /dev/video0; do look=$EPOCHREALTIME; sleep 0.1; done
        echo $look $EPOCHREALTIME
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        sleep 15
        look=$EPOCHREALTIME
        kill -TERM $producer
        wait $producer
        echo $look $EPOCHREALTIME
        unwatch"
    );
    let ended = Guest::new().variable("RUST_LOG", "gpucam=info").run(&script).success();
    assert!(!ended.text("seen").contains('r'), "the room is seen");
    let [early, late, stop, stopped] = numbers(&ended.stdout())[..] else { panic!("four times: {ended:?}") };
    let (least, most) = (30.0 * (stop - late) - SLACK, 30.0 * (stopped - early) + SLACK);
    let log = ended.text("gpucam.log");
    let line = log.lines().find(|line| line.contains(" frames shown, ")).unwrap_or_else(|| panic!("{log}"));
    let before = |word: &str| -> f64 {
        let number = line.split(word).next().and_then(|left| left.split_whitespace().last());
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number in {line}"))
    };
    let (shown, dropped) = (before(" frames shown"), before(" dropped"));
    note!("{shown} shown and {dropped} dropped of {least:.0} to {most:.0}");
    assert!((least..=most).contains(&(shown + dropped)), "{least:.0} to {most:.0} came: {line}");
}
