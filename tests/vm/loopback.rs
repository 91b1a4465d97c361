//! The loopback device as an output, and the errors for outputs that do not work.

use std::collections::BTreeSet;

use libtest_mimic::Trial;

use crate::{
    camera::paced,
    frames::{Size, split},
    guest::{Guest, GuestOutput, LoopbackVersion, guest_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in LoopbackVersion::BOTH {
        let name = |what: &str| format!("loopback::{what}_{}", version.name());
        trials.push(guest_test(name("testcard_to"), move || testcard(version)));
        trials.push(guest_test(name("written_to"), move || written(version)));
        trials.push(guest_test(name("compliance_of"), move || compliance(version)));
        trials
            .push(guest_test(name("time_out_picture_is_whole"), move || time_out_picture_is_whole(version)));
    }
    trials.push(guest_test("loopback::refusals", refusals));
    trials.push(guest_test("loopback::no_loopback", no_loopback));
    trials.push(guest_test("loopback::doctor_on_buffers", doctor_on_buffers));
    trials.push(guest_test("loopback::doctor_misses", doctor_misses));
    trials.push(guest_test("loopback::without_exclusive_caps", without_exclusive_caps));
    trials
}

/// Through mapped buffers.
fn testcard(version: LoopbackVersion) {
    let log = shows_the_testcard(Guest::new().loopback_version(version), version, "");
    assert!(!log.contains("write()"), "{log}");
}

/// Through write(), because the driver refuses to allocate buffers.
fn written(version: LoopbackVersion) {
    let log = shows_the_testcard(
        Guest::new().loopback_version(version).preloaded("refuse"),
        version,
        "LD_PRELOAD=$PWD/refuse REFUSE=buffers",
    );
    assert!(log.contains("no mapped buffers") && log.contains("write()"), "{log}");
}

/// The machine is busy while gpucam writes the driver's time-out picture: nobody sees it half written. It is green where
/// nothing is written.
fn time_out_picture_is_whole(version: LoopbackVersion) {
    let size = Size::SMALL;
    let run = |environment: &str| {
        let script = format!(
            "camera /dev/video0 {size} YUYV 1
            export LD_PRELOAD=$PWD/slow {environment}
            producer --camera /dev/video0 --size {size} --output /dev/video10 --effect none
            unset LD_PRELOAD
            within 240 streams /dev/video10
            capture /dev/video10 12 got
            within 240 lit /dev/video10
            v4l2-ctl -d10 --list-ctrls >controls"
        );
        let ended = Guest::new().loopback_version(version).preloaded("slow").run(&script).success();
        let got = ended.bytes("got.raw");
        let green = split(&got, size.yuyv_bytes()).iter().filter(|frame| frame.contains(&0)).count();
        (green, ended.text("controls"))
    };
    let (green, controls) = run("");
    assert_eq!(green, 0, "half written");
    let is_on = controls.lines().any(|line| line.contains("timeout ") && line.contains("value=1000"));
    assert!(is_on, "the driver does not show it after a second: {controls}");
    assert!(run("EARLY=1").0 > 0, "the control: with the time-out on before it is written");
}

/// Fails unless whole frames of the right size arrive and differ, as the test card moves. Returns gpucam's
/// log.
#[track_caller]
fn shows_the_testcard(guest: Guest, version: LoopbackVersion, environment: &str) -> String {
    let size = Size::SMALL;
    let script = format!(
        "export {environment} RUST_LOG=gpucam=info
        producer --input testcard --size {size} --output /dev/video10 --effect none
        unset LD_PRELOAD
        within 240 streams /dev/video10
        v4l2-ctl -d10 --get-fmt-video >format
        capture /dev/video10 30 got
        arrivals /dev/video10 2 times"
    );
    let ended = guest.arrivals().run(&script).success();
    let format = ended.text("format");
    assert!(format.contains("'YUYV'") && format.contains("640/360"), "{format}");
    let got = ended.bytes("got.raw");
    let frames = split(&got, size.yuyv_bytes());
    let different: BTreeSet<_> = frames.iter().collect();
    assert!(different.len() > 10, "{} different frames of {}", different.len(), frames.len());
    paced(version, &ended);
    ended.text("gpucam.log")
}

/// v4l2-compliance, with its streaming tests, finds nothing while gpucam streams or afterwards that it does
/// not also find on the unused driver or while ffmpeg streams.
fn compliance(version: LoopbackVersion) {
    let script = "check() { timeout 300 v4l2-compliance -d10 -s >$1 || true; }
        check bare
        ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=s=640x360:r=30 -pix_fmt yuyv422 -f v4l2 /dev/video10 &
        within 240 streams /dev/video10
        check ffmpeg
        kill $!; wait $! || true
        producer --input testcard --size 640x360 --output /dev/video10 --effect none
        within 240 streams /dev/video10
        check gpucam
        kill $producer; wait $producer || true
        check after_gpucam";
    let ended = Guest::new().loopback_version(version).run(script).success();
    let failures = |name: &str| -> BTreeSet<String> {
        let text = ended.text(name);
        assert!(text.contains("Total for"), "{name} did not finish:\n{text}");
        let lines = text.lines().filter(|line| line.trim_end().ends_with(": FAIL"));
        lines.map(|line| line.trim().to_string()).collect()
    };
    for (name, with) in [("bare", "gpucam"), ("bare", "after_gpucam"), ("ffmpeg", "gpucam")] {
        let more: Vec<_> = failures(with).difference(&failures(name)).cloned().collect();
        assert!(more.is_empty(), "{with} fails more than {name}: {more:?}\n{}", ended.text(with));
    }
    let counts = ["bare", "ffmpeg", "gpucam", "after_gpucam"].map(|name| (name, failures(name).len()));
    note!("failures: {counts:?}");
}

/// Fails unless the command ended with exit code 1 and one sentence that contains `word`.
#[track_caller]
fn refused(ended: &GuestOutput, name: &str, word: &str) {
    refused_with("1", ended, name, word);
}

#[track_caller]
fn refused_with(exit_code: &str, ended: &GuestOutput, name: &str, word: &str) {
    let (code, said) = (ended.text(&format!("{name}.code")), ended.text(&format!("{name}.err")));
    assert_eq!(code.trim(), exit_code, "{name}: {said}");
    assert_eq!(said.lines().count(), 1, "{name} is no one sentence: {said}");
    assert!(said.starts_with("gpucam: ") && said.contains(word), "{name} does not name {word}: {said}");
    note!("{}", said.trim());
}

fn refusals() {
    let script = "
        gpucam() { attempt \"$1\" \"$GPUCAM\" \"${@:2}\" --effect none --frames 5; }
        camera /dev/video0 640x360 YUYV 1
        gpucam no_camera --camera /dev/video7 --output /dev/video10
        gpucam no_output --camera /dev/video0 --output /dev/video17
        gpucam output_is_a_camera --input testcard --output /dev/video0
        gpucam same --camera /dev/video10 --output /dev/video10
        gpucam no_such_format --camera /dev/video0 --format mjpg --output /dev/video10
        gpucam odd_size --input testcard --size 641x361 --output /dev/video10
        v4l2-ctl -d0 --stream-mmap >/dev/null 2>&1 &
        within 240 taken /dev/video0
        gpucam busy --camera /dev/video0 --output /dev/video10
        kill $!
        chmod 600 /dev/video0
        chmod 666 /dev/video10
        cp \"$GPUCAM\" /tmp/gpucam-of-nobody
        attempt no_permission env HOME=/tmp setpriv --reuid 65534 --clear-groups /tmp/gpucam-of-nobody --camera /dev/video0 --output /dev/video10 \
            --effect none --frames 5";
    let ended = Guest::new().run(script).success();
    refused(&ended, "no_camera", "/dev/video7");
    refused(&ended, "no_output", "/dev/video17");
    refused(&ended, "output_is_a_camera", "/dev/video0");
    refused(&ended, "same", "/dev/video10");
    refused(&ended, "no_such_format", "/dev/video0");
    // Whatever is plugged in, YUYV cannot hold it.
    refused_with("2", &ended, "odd_size", "641x361");
    refused(&ended, "busy", "v4l2-ctl");
    refused(&ended, "no_permission", "/dev/video0");
}

fn no_loopback() {
    let script =
        "attempt none \"$GPUCAM\" --camera /dev/video0 --effect none --output /dev/video10 --frames 5";
    refused(&Guest::new().loopback("").run(script).success(), "none", "v4l2loopback");
}

/// Two buffers are too few: doctor says so and what to type, and that all else is there. Four are good.
fn doctor_on_buffers() {
    for (buffers, mark) in [(2, "tip "), (4, "ok ")] {
        let loopback = format!("video_nr=10 exclusive_caps=1 max_buffers={buffers}");
        let ended = Guest::new().loopback(&loopback).run("\"$GPUCAM\" doctor").success();
        let said = ended.stdout();
        let line =
            said.lines().find(|line| line.contains(" buffers ")).unwrap_or_else(|| panic!("{ended:?}"));
        assert!(line.starts_with(mark) && line.contains(&format!("max_buffers={buffers}")), "{line}");
        note!("{line}");
    }
}

/// Exit code 1, and the first thing to type, without the module, without a camera, and without exclusive_caps.
fn doctor_misses() {
    let all = "video_nr=10 exclusive_caps=1 max_buffers=4";
    for (vivid, loopback, what, first) in [
        (None, "", "loopback", "sudo "), // the guest has the machine's files, so it depends on the machine
        (Some(""), all, "camera", "plug in a camera"),
        (None, "video_nr=10 exclusive_caps=0 max_buffers=4", "caps", "options v4l2loopback"),
    ] {
        let guest = Guest::new().loopback(loopback);
        let guest = vivid.map_or(Guest::new().loopback(loopback), |vivid| guest.vivid(vivid));
        let ended = guest.run("attempt doctor \"$GPUCAM\" doctor").success();
        let said = ended.text("doctor.out");
        assert_eq!(ended.text("doctor.code").trim(), "1", "{said}");
        let missing: Vec<_> = said.lines().filter(|line| line.starts_with("-> ")).collect();
        assert!(missing.len() == 1 && missing[0].contains(&format!(" {what} ")), "{said}");
        let last = said.lines().last().unwrap();
        assert!(last.starts_with("first: ") && last.contains(first), "{said}");
        note!("{last}");
    }
}

/// Chromium does not list such a device; gpucam warns and continues.
fn without_exclusive_caps() {
    let script = "attempt warned \"$GPUCAM\" --input testcard --size 640x360 --effect none --output /dev/video10 --frames 5";
    let ended = Guest::new().loopback("video_nr=10 exclusive_caps=0").run(script).success();
    assert_eq!(ended.text("warned.code").trim(), "0", "{}", ended.text("warned.err"));
    assert!(ended.text("warned.err").contains("exclusive_caps"), "{}", ended.text("warned.err"));
}
