//! The room stays hidden while masks fail, are old or late and the GPU is lost: the switches of src/live/faults.rs, which
//! development builds have. Each fault leaves the room itself in the picture.

use libtest_mimic::Trial;

use crate::{
    frames::{MARK, Seen, Size, seen, split},
    guest::{Guest, fault_test, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![model_test("faults::every_frame_is_shown_or_counted", counted)];
    for (name, faults) in [
        ("slow", "slow:400"),
        ("fail", "fail:3"),
        ("no_mask", "none:2"),
        ("stale_mask", "stale:3"),
        ("panic", "panic:20"),
        ("lost", "lost:20"),
        ("all", "slow:50,fail:3,none:4,stale:5,panic:31,lost:47"),
    ] {
        trials.push(fault_test(format!("faults::{name}"), move || hidden(faults)));
    }
    trials
}

const SIZE: Size = Size::TINY;

/// No frame shows the room, some show it hidden, and after those come slates where a fault comes again and again.
fn hidden(faults: &str) {
    let script = format!(
        "camera /dev/video0 {SIZE} YUYV {MARK}
        capture /dev/video0 3 room
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect blur --offline
        within 120 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        within 120 grep -q h seen
        sleep 20
        unwatch"
    );
    let ended = Guest::new().limit(400).variable("GPUCAM_FAULTS", faults).run(&script).well();
    let log = ended.text("gpucam.log");
    assert!(log.contains("faults on purpose"), "no faults: {log}");
    // The control: on this room the mark is seen.
    let room = ended.bytes("room.raw");
    assert!(split(&room, SIZE.yuyv_bytes()).iter().all(|frame| seen(frame, SIZE) == Seen::Raw));
    let letters = ended.text("seen");
    let count = |letter| letters.matches(letter).count();
    println!("{faults}: {} frames, {} hidden, {} slates", letters.len(), count('h'), count('s'));
    assert_eq!(count('r'), 0, "the room is seen: {letters}");
    let first = letters.find('h').expect("a hidden room");
    assert!(faults.starts_with("slow:400") || letters[first..].contains('s'), "no fault shows: {letters}");
}

/// What gpucam says that it showed and dropped is what the camera gave in that time, at 30 frames a second: vivid
/// counts by time. A second's frames are for the time between the camera's start or stop and its being noticed here.
fn counted() {
    const SLACK: f64 = 30.0;
    let script = format!(
        "camera /dev/video0 {SIZE} YUYV {MARK}
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect blur --offline
        within 120 taken /dev/video0
        start=$EPOCHREALTIME
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        sleep 20
        kill -TERM $producer
        echo $start $EPOCHREALTIME
        wait $producer
        unwatch"
    );
    let ended = Guest::new().limit(400).variable("RUST_LOG", "gpucam=info").run(&script).well();
    assert!(!ended.text("seen").contains('r'), "the room is seen");
    let said = ended.said();
    let times: Vec<f64> = said.split_whitespace().map(|time| time.parse().unwrap()).collect();
    let came = 30.0 * (times[1] - times[0]);
    let log = ended.text("gpucam.log");
    let line = log.lines().find(|line| line.contains(" frames shown, ")).unwrap_or_else(|| panic!("{log}"));
    let before = |word: &str| -> f64 {
        let number = line.split(word).next().and_then(|left| left.split_whitespace().last());
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number in {line}"))
    };
    let (shown, dropped) = (before(" frames shown"), before(" dropped"));
    println!("{came:.0} came, {shown} shown, {dropped} dropped");
    assert!((came - shown - dropped).abs() <= SLACK, "{came:.0} came: {line}");
}
