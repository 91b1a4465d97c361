//! Which devices gpucam takes by itself: never a node that is no camera, never a loopback that somebody else
//! writes to.

use libtest_mimic::Trial;

use crate::{
    camera::show_bars,
    frames::{Size, split},
    guest::{Guest, GuestOutput, LoopbackVersion, guest_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in LoopbackVersion::BOTH {
        for caps in [1, 0] {
            let name = |what: &str| format!("choice::{what}_{}_caps_{caps}", version.name());
            trials.push(guest_test(name("foreign_producer"), move || foreign_producer(version, caps)));
            trials.push(guest_test(name("second_gpucam"), move || second_gpucam(version, caps)));
            trials.push(guest_test(name("relayed_camera"), move || relayed_camera(version, caps)));
        }
    }
    for version in LoopbackVersion::BOTH {
        for how in ["reader", "keep_format"] {
            let name = format!("choice::held_by_{how}_{}", version.name());
            trials.push(guest_test(name, move || held(version, how)));
        }
    }
    for caps in [1, 0] {
        let name = format!("choice::killed_while_watched_old_caps_{caps}");
        trials.push(guest_test(name, move || killed_while_watched(caps)));
    }
    trials.push(guest_test("choice::no_cameras", no_cameras));
    trials.push(guest_test("choice::multiplanar_camera", multiplanar_camera));
    trials.push(guest_test("choice::interlaced_camera", interlaced_camera));
    trials
}

/// video10 is called gpucam, video11 feed.
fn guest(version: LoopbackVersion, exclusive_caps: u32) -> Guest {
    let caps = format!("{exclusive_caps},{exclusive_caps}");
    Guest::new().loopback_version(version).loopback(&format!(
        "devices=2 video_nr=10,11 card_label=gpucam,feed exclusive_caps={caps} max_buffers=4"
    ))
}

/// Functions for these scripts: `relay DEVICE` starts another producer, `start NAME ARGUMENT…` a gpucam;
/// `written DEVICE` waits until somebody writes; `moves DEVICE NAME` fails unless pictures come that differ.
const SCRIPT: &str = "
    relay() {
        ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=s=640x360:r=30 -pix_fmt yuyv422 -f v4l2 $1 &
        relay=$!
        written $1
    }
    start() { \"$GPUCAM\" \"${@:2}\" --effect none 2>$1.log & eval $1=$!; }
    written() { within 240 grep -q capture /sys/class/video4linux/${1##*/}/state; }
    moves() {
        capture $1 10 $2
        local one=$(($(stat -c %s $2.raw) / 10))
        [[ $(for n in {0..9}; do head -c $(((n + 1) * one)) $2.raw | tail -c $one | md5sum; done | sort -u | wc -l) -gt 3 ]]
    }
";

fn run(guest: Guest, script: &str) -> GuestOutput {
    guest.run(&format!("{SCRIPT}\n{script}")).success()
}

#[track_caller]
fn refused(ended: &GuestOutput, name: &str, words: &[&str]) {
    let (code, said) = (ended.text(&format!("{name}.code")), ended.text(&format!("{name}.err")));
    assert_eq!(code.trim(), "1", "{name}: {said}");
    let lines: Vec<_> = said.lines().filter(|line| !line.contains("WARN")).collect();
    assert!(lines.len() == 1 && words.iter().all(|word| said.contains(word)), "{name}, {words:?}: {said}");
    note!("{}", lines[0]);
}

/// Another program writes to the first loopback: gpucam takes the second, and leaves the first alone.
fn foreign_producer(version: LoopbackVersion, caps: u32) {
    let script = "
        relay /dev/video10
        start own --input testcard --size 160x90
        written /dev/video11
        moves /dev/video11 own
        moves /dev/video10 foreign
        attempt named \"$GPUCAM\" --input testcard --size 160x90 --effect none --output /dev/video10 --frames 5
        attempt third \"$GPUCAM\" --input testcard --size 160x90 --effect none --frames 5
        \"$GPUCAM\" devices >list
        moves /dev/video10 still
        kill $own $relay; wait $own $relay || true
        start again --input testcard --size 160x90
        written /dev/video10
        moves /dev/video10 again
        kill $again";
    let ended = run(guest(version, caps), script);
    refused(&ended, "named", &["/dev/video10", "ffmpeg (process ", "is using it"]);
    refused(
        &ended,
        "third",
        &["ffmpeg (process ", "writes to /dev/video10", "gpucam", "writes to /dev/video11"],
    );
    let list = ended.text("list");
    assert!(list.contains("/dev/video10  gpucam (relayed by another program)"), "{list}");
    assert!(!list.contains("/dev/video11  feed (relayed"), "gpucam's own output is no camera: {list}");
}

/// Several gpucams at once share out the loopbacks; none is written to by two.
fn second_gpucam(version: LoopbackVersion, caps: u32) {
    let script = "
        start first --input testcard --size 160x90
        start second --input testcard:fast --size 160x90
        written /dev/video10
        written /dev/video11
        attempt third \"$GPUCAM\" --input testcard --size 160x90 --effect none --frames 5
        attempt named \"$GPUCAM\" --input testcard --size 160x90 --effect none --output /dev/video11 --frames 5
        kill -9 $first $second; wait $first $second || true
        attempt freed \"$GPUCAM\" --input testcard --size 160x90 --effect none --output /dev/video10 --frames 5";
    let ended = run(guest(version, caps), script);
    refused(
        &ended,
        "third",
        &["no virtual camera is free", "writes to /dev/video10", "writes to /dev/video11"],
    );
    refused(&ended, "named", &["/dev/video11", "gpucam (process ", "is using it"]);
    assert_eq!(
        ended.text("freed.code").trim(),
        "0",
        "a killed gpucam leaves no mark: {}",
        ended.text("freed.err")
    );
}

/// Before 0.14 the driver does not notice a producer that is killed while a consumer holds the device: the device
/// is free again all the same, to a gpucam that names it and to one that takes the first.
fn killed_while_watched(caps: u32) {
    let script = "
        start first --input testcard --size 160x90
        written /dev/video10
        v4l2-ctl -d10 --stream-mmap >/dev/null 2>&1 & watcher=$!
        sleep 1
        kill -9 $first; wait $first || true
        cat /sys/class/video4linux/video10/state
        \"$GPUCAM\" devices >list
        kill -0 $watcher
        attempt named \"$GPUCAM\" --input testcard --size 160x90 --effect none --output /dev/video10 --frames 5
        attempt default \"$GPUCAM\" --input testcard --size 160x90 --effect none --frames 5 -v
        kill $watcher || true";
    let ended = run(guest(LoopbackVersion::Old, caps), script);
    assert_eq!(ended.stdout().trim(), "capture", "the driver notices it: this test shows nothing");
    assert!(!ended.text("list").contains("relayed"), "{}", ended.text("list"));
    assert_eq!(ended.text("named.code").trim(), "0", "{}", ended.text("named.err"));
    assert!(ended.text("default.err").contains("/dev/video10 gives YUYV"), "{}", ended.text("default.err"));
}

/// Another program holds the device's format before gpucam starts: a reader that stays after its producer, or the
/// driver's control. gpucam starts, or says who holds it and which flag fits; with that flag it starts.
fn held(version: LoopbackVersion, how: &str) {
    let hold = match how {
        "reader" => "v4l2-ctl -d10 --stream-mmap >/dev/null 2>&1 & watcher=$!; sleep 1",
        _ => "v4l2-ctl -d10 --set-ctrl keep_format=1; watcher=",
    };
    let script = format!(
        "
        ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=s=320x180:r=30 -pix_fmt yuyv422 -f v4l2 /dev/video10 &
        relay=$!
        written /dev/video10
        {hold}
        kill -9 $relay; wait $relay || true
        attempt other \"$GPUCAM\" --input testcard --size 640x360 --effect none --output /dev/video10 --frames 5
        attempt fits \"$GPUCAM\" --input testcard --size 640x360 --output-size 320x180 --effect none \\
            --output /dev/video10 --frames 5
        if [[ -n $watcher ]]; then kill $watcher || true; fi"
    );
    let ended = run(guest(version, 1), &script);
    if ended.text("other.code").trim() != "0" {
        refused(&ended, "other", &["/dev/video10", "it stays with YUYV at 320x180", "--output-size 320x180"]);
        let said = ended.text("other.err");
        let by = if how == "reader" { "which v4l2-ctl (process " } else { "keep_format, holds" };
        assert!(said.contains(by), "{said}");
    } else {
        note!("{how}, {}: it starts", version.name());
    }
    assert_eq!(ended.text("fits.code").trim(), "0", "{}", ended.text("fits.err"));
}

/// Without a camera of the machine, the loopback that another program feeds is the camera; also when that program
/// is killed and starts again.
fn relayed_camera(version: LoopbackVersion, caps: u32) {
    let script = "
        attempt none \"$GPUCAM\" --effect none --frames 5
        relay /dev/video11
        start default
        written /dev/video10
        moves /dev/video10 default
        \"$GPUCAM\" devices --json >list
        kill -9 $relay; wait $relay || true
        sleep 4
        relay /dev/video11
        within 240 moves /dev/video10 after
        kill $default; wait $default || true
        start named --camera FEE
        written /dev/video10
        moves /dev/video10 named
        kill $named; wait $named || true
        insmod \"$GUEST/modules/vivid.ko\" n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0 vid_cap_nr=20
        \"$GPUCAM\" devices >all";
    // vivid's dependencies are loaded, vivid itself later.
    let ended = run(guest(version, caps).vivid(""), script);
    refused(&ended, "none", &["no camera found"]);
    let list = ended.text("list");
    assert!(list.contains("\"relayed\": true") && list.contains("\"producer\": \"gpucam\""), "{list}");
    let all = ended.text("all");
    let cameras: Vec<_> = all.lines().filter(|line| line.starts_with("camera")).collect();
    assert!(
        cameras.len() == 2 && cameras[0].contains("/dev/video20") && cameras[1].contains("/dev/video11"),
        "the machine's own camera goes first: {all}"
    );
}

/// vivid with multiplanar buffers alone, as drivers of ARM boards have them: the same bars, in every format.
fn multiplanar_camera() {
    let size = Size::SMALL;
    for format in ["YUYV", "NV12", "YU12"] {
        let script = format!(
            "v4l2-ctl -d0 -D >about
            v4l2-ctl -d0 --set-ctrl test_pattern=1,osd_text_mode=2
            start own --camera /dev/video0 --size {size} --format {format} --output /dev/video10
            written /dev/video10
            within 240 lit /dev/video10
            capture /dev/video10 30 got
            \"$GPUCAM\" devices >list
            kill $own"
        );
        let vivid = "n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0 vid_cap_nr=0 multiplanar=2";
        let ended = run(Guest::new().vivid(vivid), &script);
        let about = ended.text("about");
        assert!(about.contains("Video Capture Multiplanar"), "vivid is not multiplanar: {about}");
        let line = format!("    {}: ", format.to_lowercase());
        assert!(ended.text("list").contains(&line), "{}", ended.text("list"));
        show_bars(format, &ended.bytes("got.raw"), size, 30);
    }
}

/// vivid's TV input, which gives interlaced pictures: both lines of each pair are the same, which is said once.
/// The control: v4l2-ctl gets lines that differ.
fn interlaced_camera() {
    // Pattern 12 is a checkerboard of single pixels.
    let size: Size = "720x576".parse().unwrap();
    let script = format!(
        "v4l2-ctl -d0 --set-ctrl test_pattern=12,osd_text_mode=2 --set-standard pal >&2
        v4l2-ctl -d0 --set-fmt-video width=720,height=576,pixelformat=YUYV --get-fmt-video >about
        v4l2-ctl -d0 --stream-mmap --stream-count 3 --stream-to raw >/dev/null 2>&1
        start own --camera /dev/video0 --size {size} --format yuyv --output /dev/video10
        written /dev/video10
        sleep 2
        capture /dev/video10 10 got
        kill $own"
    );
    let vivid = "n_devs=1 node_types=0x1 num_inputs=1 input_types=0x1 vid_cap_nr=0";
    let ended = run(Guest::new().vivid(vivid), &script);
    assert!(ended.text("about").contains("Interlaced"), "{}", ended.text("about"));
    let differing = |bytes: &[u8]| {
        let frame = split(bytes, size.yuyv_bytes()).pop().expect("a frame");
        let lines: Vec<_> = frame.chunks_exact(2 * size.width).collect();
        lines.chunks_exact(2).filter(|pair| pair[0] != pair[1]).count()
    };
    assert_eq!(differing(&ended.bytes("got.raw")), 0, "gpucam shows lines of two moments");
    assert!(differing(&ended.bytes("raw")) > 100, "control: vivid's lines are all the same");
    let log = ended.text("own.log");
    assert_eq!(
        log.matches("gives interlaced pictures; every second line is shown twice").count(),
        1,
        "{log}"
    );
}

/// The test camera looks like a raw node, an infrared camera or metadata; see pretend.c.
fn no_cameras() {
    let script = "
        pretend() {
            attempt $1 env LD_PRELOAD=$PWD/pretend PRETEND=$1 \"$GPUCAM\" --effect none --frames 5
            LD_PRELOAD=$PWD/pretend PRETEND=$1 \"$GPUCAM\" devices >$1.list
            LD_PRELOAD=$PWD/pretend PRETEND=$1 \"$GPUCAM\" doctor >$1.doctor || true
        }
        for what in raw bayer infrared metadata; do pretend $what; done
        attempt raw_by_path env LD_PRELOAD=$PWD/pretend PRETEND=raw \"$GPUCAM\" --camera /dev/video0 --effect none \
            --frames 5
        relay /dev/video11
        attempt relayed env LD_PRELOAD=$PWD/pretend PRETEND=raw \"$GPUCAM\" --effect none --frames 5";
    let ended = run(Guest::new().preloaded("pretend"), script);
    let raw = ["no camera gives pictures", "/dev/video0: raw sensor data", "gst-launch-1.0 libcamerasrc"];
    refused(&ended, "raw", &raw);
    refused(&ended, "bayer", &raw);
    refused(&ended, "raw_by_path", &["/dev/video0", "raw sensor data", "gst-launch-1.0 libcamerasrc"]);
    refused(&ended, "infrared", &["/dev/video0: infrared or depth"]);
    refused(&ended, "metadata", &["no camera found"]);
    for (what, reason) in [("raw", "raw sensor"), ("infrared", "infrared"), ("metadata", "metadata")] {
        let (list, doctor) = (ended.text(&format!("{what}.list")), ended.text(&format!("{what}.doctor")));
        let line = list.lines().find(|line| line.starts_with("passed over  /dev/video0")).expect("a line");
        assert!(line.contains(reason) && list.contains("no camera\n"), "{list}");
        let camera = doctor.lines().find(|line| line.contains(" camera ")).expect("a line");
        assert!(camera.starts_with("-> ") && camera.contains(reason), "{doctor}");
    }
    assert_eq!(ended.text("relayed.code").trim(), "0", "{}", ended.text("relayed.err"));
}
