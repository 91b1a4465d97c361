//! Tests the drivers without gpucam: what gpucam relies on.

use libtest_mimic::Trial;

use crate::{
    frames::{BARS, MARK, Seen, Size, bar_error, bt601, nv12, rising, seen, split, times, yuyv},
    guest::{Guest, LoopbackVersion, guest_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        guest_test("drivers::vivid_yuyv", vivid_yuyv),
        guest_test("drivers::vivid_nv12", vivid_nv12),
        guest_test("drivers::vivid_shows_the_mark", vivid_shows_the_mark),
        guest_test("drivers::vivid_comes_and_goes", vivid_comes_and_goes),
        guest_test("drivers::the_adapter", the_adapter),
    ];
    for version in LoopbackVersion::BOTH {
        let name = |what: &str| format!("drivers::v4l2loopback_{}_{what}", version.name());
        trials.push(guest_test(name("capabilities"), move || capabilities(version)));
        trials.push(guest_test(name("bytes"), move || bytes(version)));
        trials.push(guest_test(name("mjpg"), move || mjpg(version)));
    }
    trials
}

/// In codes: vivid rounds once and computes in 8 to 12 bits with tables of its own.
const BAR_TOLERANCE: f64 = 3.0;

fn vivid_yuyv() {
    let size = Size::HD;
    let script = format!(
        "v4l2-ctl -d0 --list-formats >formats; camera /dev/video0 {size} YUYV 1; capture /dev/video0 20 got"
    );
    let ended = Guest::new().run(&script).success();
    assert!(ended.text("formats").contains("'YUYV'") && ended.text("formats").contains("'NV12'"));
    let got = ended.bytes("got.raw");
    let frames = split(&got, size.yuyv_bytes());
    assert_eq!(frames.len(), 20);
    let (want, mut wrong) = (BARS.map(bt601), BARS.map(bt601));
    wrong.swap(1, 2);
    for frame in frames {
        let error = bar_error(size, want, |x, y| yuyv(frame, size, x, y));
        assert!(error <= BAR_TOLERANCE, "the bars are {error} codes off");
        assert!(bar_error(size, wrong, |x, y| yuyv(frame, size, x, y)) > BAR_TOLERANCE);
    }
    let times = times(&ended.text("got.log"));
    assert!(rising(&times), "{times:?}");
    let (first, last) = (times[0], times[times.len() - 1]);
    note!(
        "{:.1} fps, {} of {} frames",
        (last.0 - first.0) as f64 / (last.1 - first.1),
        times.len() - 1,
        last.0 - first.0
    );
}

fn vivid_nv12() {
    let size = Size::HD;
    let ended =
        Guest::new().run(&format!("camera /dev/video0 {size} NV12 1; capture /dev/video0 10 got")).success();
    let got = ended.bytes("got.raw");
    for frame in split(&got, size.nv12_bytes()) {
        let error = bar_error(size, BARS.map(bt601), |x, y| nv12(frame, size, x, y));
        assert!(error <= BAR_TOLERANCE, "the bars are {error} codes off");
    }
}

fn vivid_shows_the_mark() {
    let size = Size::HD;
    let script = format!("camera /dev/video0 {size} YUYV {MARK}; capture /dev/video0 3 got");
    let ended = Guest::new().run(&script).success();
    let got = ended.bytes("got.raw");
    assert!(split(&got, size.yuyv_bytes()).iter().all(|frame| seen(frame, size) == Seen::Raw));
}

/// Unplugs the camera and plugs it in again, by removing and inserting the module.
fn vivid_comes_and_goes() {
    let script = "v4l2-ctl -d0 -D | grep -E 'Card|Bus' >before
        rmmod vivid
        test ! -e /dev/video0
        insmod \"$GUEST/modules/vivid.ko\" n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0 vid_cap_nr=0
        within 240 test -e /dev/video0
        v4l2-ctl -d0 -D | grep -E 'Card|Bus' >after";
    let ended = Guest::new().run(script).success();
    assert_eq!(ended.text("before"), ended.text("after"));
    assert!(ended.text("before").contains("platform:vivid-000"), "{}", ended.text("before"));
}

/// gpucam finds the software adapter in the guest, as on a machine without a GPU.
fn the_adapter() {
    let ended = Guest::new().run("\"$GPUCAM\" adapters").success();
    assert!(ended.stdout().contains("llvmpipe"), "{ended:?}");
}

/// With exclusive_caps=1 the node is an output until a producer streams, then a camera.
fn capabilities(version: LoopbackVersion) {
    let script = "v4l2-ctl -d10 -D >idle
        ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=s=640x360:r=30 -pix_fmt yuyv422 -f v4l2 /dev/video10 &
        within 240 streams /dev/video10
        v4l2-ctl -d10 -D >busy
        cat /sys/module/v4l2loopback/version
        kill $!";
    let ended = Guest::new().loopback_version(version).run(script).success();
    let now = |name: &str| {
        let text = ended.text(name);
        assert!(text.contains("v4l2 loopback"), "{text}");
        let device = text.split("Device Caps").nth(1).expect("capabilities of the device").to_string();
        (device.contains("Video Capture"), device.contains("Video Output"))
    };
    assert_eq!(now("idle"), (false, true), "capture, output while idle");
    assert_eq!(now("busy"), (true, false), "capture, output while a producer streams");
    let loaded: Vec<u32> = ended.stdout().trim().split('.').map(|n| n.parse().unwrap()).collect();
    assert_eq!(
        loaded >= vec![0, 14],
        version == LoopbackVersion::New,
        "{loaded:?} is not of the generation it is taken for"
    );
}

/// v4l2-ctl reads what ffmpeg writes, byte for byte and in order.
fn bytes(version: LoopbackVersion) {
    let size = Size::SMALL;
    let script = format!(
        "ffmpeg -nostdin -v error -f lavfi -i testsrc2=s={size}:r=30 -frames:v 90 -pix_fmt yuyv422 -f rawvideo sent.raw
        ffmpeg -nostdin -v error -re -f rawvideo -pix_fmt yuyv422 -s {size} -r 30 -i sent.raw -c copy -f v4l2 /dev/video10 &
        within 240 streams /dev/video10
        capture /dev/video10 15 got
        kill $! || true"
    );
    let ended = Guest::new().loopback_version(version).run(&script).success();
    let (sent, got) = (ended.bytes("sent.raw"), ended.bytes("got.raw"));
    let (sent, got) = (split(&sent, size.yuyv_bytes()), split(&got, size.yuyv_bytes()));
    assert_eq!(got.len(), 15);
    // The driver does not wait for readers: on a busy machine a frame may be overwritten while it is read.
    let places: Vec<usize> = got.iter().filter_map(|frame| sent.iter().position(|s| s == frame)).collect();
    note!("{} of {} frames whole", places.len(), got.len());
    assert!(3 * places.len() >= 2 * got.len(), "{} frames that nobody sent", got.len() - places.len());
    assert!(places.is_sorted(), "out of order: {places:?}");
    let mut other = got[0].to_vec();
    other[size.yuyv_bytes() / 2] ^= 1;
    assert!(!sent.contains(&other.as_slice()), "one bit makes no difference");
    // For the same reason a buffer's stamp may be that of the frame that is just being written over it: the driver
    // stamps a buffer before it counts it as written. So stamps are compared in the order of their numbers.
    let mut stamps = times(&ended.text("got.log"));
    let steps_back = stamps.windows(2).filter(|pair| pair[1].0 <= pair[0].0).count();
    assert!(3 * steps_back <= got.len(), "out of order: {stamps:?}");
    stamps.sort_by_key(|&(sequence, _)| sequence);
    stamps.dedup_by_key(|&mut (sequence, _)| sequence);
    assert!(rising(&stamps), "{stamps:?}");
    stamps.swap(0, 1);
    assert!(!rising(&stamps), "order makes no difference");
}

/// A camera with MJPG, which vivid does not have: ffmpeg feeds the second node.
fn mjpg(version: LoopbackVersion) {
    let script = "ffmpeg -nostdin -v error -re -f lavfi -i smptehdbars=s=1280x720:r=30 -pix_fmt yuvj422p \
            -c:v mjpeg -q:v 2 -f v4l2 /dev/video11 &
        within 240 streams /dev/video11
        v4l2-ctl -d11 --get-fmt-video >format
        capture /dev/video11 5 got
        kill $! || true";
    let ended = Guest::new().loopback_version(version).run(script).success();
    let format = ended.text("format");
    assert!(format.contains("MJPG") || format.contains("JPEG"), "{format}");
    assert!(format.contains("1280/720"), "{format}");
    assert!(ended.bytes("got.raw").starts_with(&[0xff, 0xd8]), "no JPEG");
}
