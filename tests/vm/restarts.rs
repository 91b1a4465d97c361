//! A consumer never sees the background while producers die, consumers come and go, and the camera is
//! unplugged.

use libtest_mimic::Trial;

use crate::{
    frames::{MARK, Size},
    guest::{Guest, GuestOutput, LoopbackVersion, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in LoopbackVersion::BOTH {
        let name = |what: &str| format!("restarts::{what}_{}", version.name());
        trials.push(model_test(name("producer_killed_ten_times"), move || killed(version)));
        trials.push(model_test(name("two_outputs"), move || two_outputs(version)));
        trials.push(model_test(name("consumer_opened_fifty_times"), move || opened(version)));
        trials.push(model_test(name("camera_unplugged"), move || unplugged(version)));
        trials.push(model_test(name("camera_moved"), move || moved(version)));
        trials.push(model_test(name("camera_fails"), move || fails(version)));
        trials.push(model_test(name("stopped_leaves_a_slate"), move || stopped(version)));
    }
    trials
}

const SIZE: Size = Size::TINY;

fn blur() -> String {
    format!(
        "producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect blur --offline --max-mask-age 2000"
    )
}

fn run(version: LoopbackVersion, script: &str) -> GuestOutput {
    let script = format!("camera /dev/video0 {SIZE} YUYV {MARK}\n{script}");
    Guest::new().loopback_version(version).run(&script).success()
}

/// Returns what the consumer saw, a letter per frame. Fails if it saw the background.
#[track_caller]
fn seen(ended: &GuestOutput) -> String {
    let seen = ended.text("seen");
    assert!(!seen.contains('r'), "the room is seen: {seen}");
    note!(
        "{} frames: {} hidden, {} slates",
        seen.len(),
        seen.matches('h').count(),
        seen.matches('s').count()
    );
    seen
}

/// A consumer that stays open receives frames from each of eleven producers.
fn killed(version: LoopbackVersion) {
    let blur = blur();
    let script = format!(
        "{blur}
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        for round in {{0..10}}; do
            hidden_again seen
            echo $round
            kill -9 $producer; wait $producer || true
            {blur}
        done
        unwatch"
    );
    let ended = run(version, &script);
    assert_eq!(ended.stdout().lines().count(), 11, "{ended:?}");
    seen(&ended);
}

/// Readers of two outputs of one gpucam, which is killed, starts again and is stopped: neither sees the room.
fn two_outputs(version: LoopbackVersion) {
    let blur = blur();
    let script = format!(
        "{blur} --output /dev/video11
        within 240 streams /dev/video11
        watch /dev/video10 {SIZE} seen
        first=($watcher $seer)
        watch /dev/video11 {SIZE} other
        hidden_again seen
        hidden_again other
        kill -9 $producer; wait $producer || true
        {blur} --output /dev/video11
        hidden_again seen
        hidden_again other
        kill -TERM $producer; wait $producer
        sleep 3
        unwatch
        watcher=${{first[0]}} seer=${{first[1]}}
        unwatch"
    );
    let ended = run(version, &script);
    let other = ended.text("other");
    assert!(!other.contains('r'), "the room is seen: {other}");
    for seen in [seen(&ended), other] {
        assert!(seen.ends_with('s') && seen.matches('h').count() >= 10, "{seen}");
    }
}

/// Fifty consumers, one after the other.
fn opened(version: LoopbackVersion) {
    let script = format!(
        "{}
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        unwatch
        for round in {{1..50}}; do
            capture /dev/video10 2 one
            \"$DEVICES\" --seen {SIZE} <one.raw >>seen
        done",
        blur()
    );
    let seen = seen(&run(version, &script));
    assert!(seen.len() >= 100, "{} frames", seen.len());
}

/// vivid's Disconnect: the driver returns ENODEV until the last descriptor is closed. Another descriptor
/// keeps the camera away for a while.
fn unplugged(version: LoopbackVersion) {
    let script = format!(
        "{}
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        sleep 5 </dev/video0 &
        v4l2-ctl -d0 --set-ctrl disconnect=1
        stat -c %s seen >away
        wait $!
        hidden_again seen
        unwatch",
        blur()
    );
    let ended = run(version, &script);
    let away: usize = ended.text("away").trim().parse().unwrap();
    let seen = seen(&ended);
    assert!(seen[away..].contains("ssss"), "no slate while the camera was away: {}", &seen[away..]);
}

/// Unplugs the camera by removing the module and plugs it in under another number. gpucam recognises it by
/// its identity.
fn moved(version: LoopbackVersion) {
    let script = format!(
        "{}
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        v4l2-ctl -d0 --set-ctrl disconnect=1
        within 240 rmmod vivid
        insmod \"$GUEST/modules/vivid.ko\" n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0 vid_cap_nr=4
        camera /dev/video4 {SIZE} YUYV {MARK} || true
        hidden_again seen
        unwatch",
        blur()
    );
    seen(&run(version, &script));
}

/// Faults that vivid can inject: a broken frame, no frames for a while, a stream that ends in an error, and a
/// camera that does not start again at once. After each of them, the hidden background is shown again.
fn fails(version: LoopbackVersion) {
    let script = format!(
        "{}
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        set() {{ v4l2-ctl -d0 --set-ctrl $1; }}
        set inject_v4l2_buf_flag_error=1
        hidden_again seen
        set percentage_of_dropped_buffers=100
        within 240 grep -q 'no picture came for 2 seconds' gpucam.log
        within 240 slate_after seen $(stat -c %s seen)
        set percentage_of_dropped_buffers=0
        hidden_again seen
        set inject_vidioc_streamon_error=1
        set inject_fatal_streaming_error=1
        within 240 slate_after seen $(stat -c %s seen)
        hidden_again seen
        unwatch",
        blur()
    );
    seen(&run(version, &script));
}

/// After SIGTERM the device shows the slate.
fn stopped(version: LoopbackVersion) {
    let script = format!(
        "{}
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        hidden_again seen
        kill -TERM $producer; wait $producer
        sleep 3
        unwatch",
        blur()
    );
    let seen = seen(&run(version, &script));
    assert!(seen.ends_with('s'), "the last frame is no slate: {seen}");
}
