//! A running gpucam with a real camera and loopback is controlled while a program watches.

use libtest_mimic::Trial;

use crate::{
    frames::{MARK, Size},
    guest::{Guest, LoopbackVersion, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![model_test("control::while_a_program_watches", while_a_program_watches)]
}

const SIZE: Size = Size::TINY;

/// Presets, a saved configuration, another rate of the camera, a pause, and a second gpucam: the room is never seen.
fn while_a_program_watches() {
    let script = format!(
        "mkdir -m 700 /tmp/run
        export XDG_RUNTIME_DIR=/tmp/run GPUCAM_CONFIG=$PWD/config.toml
        export DBUS_SESSION_BUS_ADDRESS=$(dbus-daemon --session --fork --print-address)
        status() {{ \"$GPUCAM\" status --json | grep \"$1\" >/dev/null; }}
        echo '[preset.grey]
        effect = \"colour:#909090\"' >config.toml
        camera /dev/video0 {SIZE} YUYV {MARK}
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --offline --max-mask-age 2000
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        \"$GPUCAM\" set --preset grey
        status colour:#909090
        hidden_again seen
        \"$GPUCAM\" set --preset ''
        hidden_again seen
        echo 'effect = \"blur:30\"' >config.toml
        within 120 status blur:30
        hidden_again seen
        \"$GPUCAM\" set --fps 15 --mirror
        hidden_again seen
        before=$(stat -c %s seen)
        \"$GPUCAM\" pause
        within 60 slate_after seen $before
        within 60 status '\"state\":\"paused\"'
        \"$GPUCAM\" resume
        hidden_again seen
        attempt second \"$GPUCAM\" --camera /dev/video0 --output /dev/video11 --effect none --frames 5
        echo $producer >producer
        unwatch"
    );
    let ended = Guest::new().loopback_version(LoopbackVersion::BOTH[1]).run(&script).success();
    let seen = ended.text("seen");
    assert!(!seen.contains('r'), "the room is seen: {seen}");
    note!("{} frames: {} hidden", seen.len(), seen.matches('h').count());
    let said = ended.text("second.err");
    assert_eq!(ended.text("second.code").trim(), "1", "{said}");
    let process = format!("(process {})", ended.text("producer").trim());
    for words in ["already runs with the camera /dev/video0", &process, "gpucam status", "gpucam set"] {
        assert!(said.contains(words), "no '{words}' in: {said}");
    }
}
