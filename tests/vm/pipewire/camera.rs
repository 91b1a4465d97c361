//! Cameras of PipeWire: nodes of GStreamer and of another gpucam.

use std::{fs, thread, time::Duration};

use libtest_mimic::Trial;

use super::{
    bars_picture,
    daemon::{Desktop, Service, desktop_model_test, needs, ready, within},
    mark_picture,
    output::{check_bars, check_times},
    portal,
};
use crate::{
    camera::show_bars,
    frames::{BARS, Codes, Size, bt601, split, yuyv},
    guest::{self, Guest, gpucam, timed},
    support::trials::Missing,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        gstreamer_test("pipewire::camera_formats", formats),
        gstreamer_test("pipewire::camera_strides", strides),
        gstreamer_test("pipewire::camera_names", names),
        gstreamer_test("pipewire::camera_of_pipewire_alone", alone),
        gstreamer_test("pipewire::camera_is_no_own_output", no_own_output),
        gstreamer_test("pipewire::camera_to_node", to_node),
        desktop_model_test("pipewire::camera_comes_back", || comes_back(false)),
        desktop_model_test("pipewire::camera_daemon_restarts", || comes_back(true)),
        timed("pipewire::camera_portal", portal::ready, through_portal),
        timed("pipewire::camera_of_v4l2", in_guest, of_v4l2),
    ]
}

fn gstreamer_test(name: &str, run: impl FnOnce() + Send + 'static) -> Trial {
    timed(name, gstreamer, run)
}

fn gstreamer() -> Result<(), Missing> {
    ready().and_then(|()| needs(&["gst-launch-1.0"]))
}

fn in_guest() -> Result<(), Missing> {
    guest::ready().and_then(|()| ready())
}

const SIZE: Size = Size::SMALL;
/// In codes: one for GStreamer, one for its JPEG encoder, at most one for gpucam.
const TOLERANCE: f64 = 3.0;

/// A camera of GStreamer's that shows bars at 30 frames a second, after its node has appeared. Its test source writes
/// into the sink's own buffers: 0.3.65's sink crashes when something converts between the two.
#[track_caller]
fn camera(desktop: &Desktop, name: &str, format: &str, size: Size) -> Service {
    let Size { width, height } = size;
    let (format, encode) = match format {
        "jpeg" => ("I420", "! jpegenc quality=95 "),
        raw => (raw, ""),
    };
    let words = format!(
        "-q videotestsrc is-live=true pattern=smpte100 ! \
         video/x-raw,format={format},width={width},height={height},framerate=30/1,colorimetry=bt601 {encode}! \
         pipewiresink mode=provide \
         stream-properties=p,media.class=Video/Source,media.role=Camera,node.name={name},node.description=The-{name}"
    );
    let mut camera = desktop.service("gst-launch-1.0", &words.split_whitespace().collect::<Vec<_>>());
    within(30, "GStreamer's node", || {
        assert!(camera.runs(), "GStreamer ended: {}", camera.log());
        desktop.has_node(name)
    });
    camera
}

/// Fails unless a frame shows GStreamer's bars, which are the first seven of the eight; the control is a frame with two
/// bars exchanged.
#[track_caller]
fn check_seven(frame: &[u8], size: Size) {
    let error = |bars: [Codes; 7]| {
        let mut most: f64 = 0.0;
        for (bar, want) in bars.into_iter().enumerate() {
            // The middle half of each bar: where JPEG and half the chroma leave it alone.
            let places = (bar * 28 + 7..bar * 28 + 21).step_by(2).map(|part| part * size.width / 196);
            for (x, y) in places.flat_map(|x| (0..size.height).map(move |y| (x, y))) {
                let got = yuyv(frame, size, x, y);
                most = got.iter().zip(want).map(|(got, want)| (got - want).abs()).fold(most, f64::max);
            }
        }
        most
    };
    let want: [Codes; 7] = std::array::from_fn(|bar| bt601(BARS[bar]));
    let mut wrong = want;
    wrong.swap(1, 2);
    assert!(error(want) <= TOLERANCE, "{} codes off", error(want));
    assert!(error(wrong) > 20.0, "the comparison sees nothing");
    note!("{:.1} codes off at most", error(want));
}

/// What gpucam writes for these arguments into a file of raw frames.
#[track_caller]
fn recorded(desktop: &Desktop, arguments: &str, size: Size) -> Vec<u8> {
    let file = desktop.path("got.yuyv");
    let _ = fs::remove_file(&file);
    let mut gpucam =
        desktop.gpucam(&format!("{arguments} --effect none --frames 10 --output {}", file.display()));
    assert_eq!(gpucam.ended(), Some(0), "{}", gpucam.log());
    let bytes = fs::read(&file).unwrap();
    let frames = split(&bytes, size.yuyv_bytes());
    assert_eq!(frames.len(), 10, "{arguments}");
    frames[9].to_vec()
}

/// Every format that gpucam reads and GStreamer makes: the same colours.
fn formats() {
    let desktop = Desktop::start();
    for format in [
        "YUY2", "UYVY", "YVYU", "NV12", "NV21", "I420", "YV12", "RGB", "BGR", "RGBx", "BGRx", "xRGB", "xBGR",
        "BGRA", "jpeg",
    ] {
        let name = format!("cam-{}", format.to_lowercase());
        let _camera = camera(&desktop, &name, format, SIZE);
        note!("{format}:");
        if format == "jpeg" {
            // GStreamer's sink sends nothing of an encoded stream to whom it is linked in the moment its node appears.
            thread::sleep(Duration::from_secs(2));
        }
        // Its source draws in limited range, which its encoder takes as it is.
        let range = if format == "jpeg" { "--range limited" } else { "" };
        let arguments = format!("--camera pipewire:{name} {range}");
        check_seven(&recorded(&desktop, &arguments, SIZE), SIZE);
    }
}

/// GStreamer's rows begin at multiples of four bytes, which are not where these widths end.
fn strides() {
    let desktop = Desktop::start();
    let size = Size { width: 642, height: 362 };
    for format in ["RGB", "NV12", "I420", "YUY2"] {
        let name = format!("cam-{}", format.to_lowercase());
        let _camera = camera(&desktop, &name, format, size);
        note!("{format}:");
        check_seven(&recorded(&desktop, &format!("--camera pipewire:{name}"), size), size);
    }
}

/// Two cameras, by name, by serial number, and one that is not there.
fn names() {
    let desktop = Desktop::start();
    let (left, right) = (Size { width: 320, height: 180 }, Size { width: 480, height: 270 });
    let cameras = [("left", left), ("right", right)].map(|(name, size)| camera(&desktop, name, "YUY2", size));
    let serial = |name: &str| {
        let nodes = desktop.ask("pw-dump", &[]);
        let nodes: serde_json::Value = serde_json::from_str(&nodes).unwrap();
        let props = |node: &serde_json::Value| node["info"]["props"].clone();
        let found = nodes.as_array().unwrap().iter().map(props).find(|props| props["node.name"] == name);
        found.expect("the node")["object.serial"].as_u64().unwrap()
    };
    check_seven(&recorded(&desktop, &format!("--camera pipewire:{}", serial("right")), right), right);
    check_seven(&recorded(&desktop, "--camera pipewire:THE-LEFT", left), left);
    let listed = desktop.ask(&gpucam(), &["devices"]);
    let line =
        format!("camera pipewire:{}  The-right (right)\n    yuyv: 480x270 (30 fps)\n", serial("right"));
    assert!(listed.contains(&line) && listed.contains("  The-left (left)\n"), "{listed}");
    let mut other = desktop.gpucam("--camera pipewire:middle --output none.yuyv");
    assert_eq!(other.ended(), Some(1));
    let words = other.log();
    assert!(words.contains("there is no camera 'pipewire:middle'") && words.contains("The-left"), "{words}");
    drop(cameras);
}

/// Without a name, gpucam's outputs are no cameras; by name, another gpucam's is one.
fn no_own_output() {
    let desktop = Desktop::start();
    let picture = bars_picture(&desktop, SIZE);
    let _producer =
        desktop.producer(&format!("--input {} --fps 30 --effect none --output pipewire", picture.display()));
    let mut gpucam = desktop.gpucam("--camera pipewire --output none.yuyv");
    assert_eq!(gpucam.ended(), Some(1));
    let words = gpucam.log();
    assert!(words.contains("PipeWire has no camera but gpucam's own"), "{words}");
    check_bars(&recorded(&desktop, "--camera pipewire:gpucam", SIZE), SIZE);
    // A real camera is taken before it, although the output's priority is higher.
    let small = Size { width: 320, height: 180 };
    let _camera = camera(&desktop, "testcam", "YUY2", small);
    check_seven(&recorded(&desktop, "--camera pipewire", small), small);
}

/// From another gpucam's node to one of its own: colours, times and rate.
fn to_node() {
    let desktop = Desktop::start();
    let picture = bars_picture(&desktop, SIZE);
    let _first =
        desktop.producer(&format!("--input {} --fps 30 --effect none --output pipewire", picture.display()));
    let second = desktop.gpucam("--camera pipewire:gpucam --effect none --output pipewire:second");
    within(60, "the second node", || desktop.has_node("second"));
    let reader = desktop.reader_of("second", SIZE, "");
    reader.wait_for(60, 60);
    let frames = reader.frames();
    check_times(&frames[5..]);
    let mut late: Vec<f64> = frames[5..].iter().map(|frame| 1e3 * (frame.arrival - frame.pts)).collect();
    late.sort_by(f64::total_cmp);
    let part = |part: usize| late[late.len() * part / 100];
    note!(
        "from the first gpucam to the reader of the second: {:.1} ms p50, {:.1} ms p95",
        part(50),
        part(95)
    );
    check_bars(&reader.got.lock().unwrap().last, SIZE);
    assert!(!second.log().contains("panicked"), "{}", second.log());
}

/// The camera's program is killed and started again, or the daemon with everything that hangs on it. Readers see the
/// slate meanwhile, then the hidden background, and never the room.
fn comes_back(restarts: bool) {
    let mut desktop = Desktop::start();
    let size = Size::TINY;
    let room = format!(
        "--input {} --fps 15 --effect none --output pipewire:room",
        mark_picture(&desktop, size).display()
    );
    let source = |desktop: &Desktop| {
        let source = desktop.gpucam(&room);
        within(60, "the camera's node", || desktop.has_node("room"));
        source
    };
    let mut camera = Some(source(&desktop));
    let gpucam = desktop.service(
        "env",
        &format!(
            "RUST_LOG=gpucam=info {} --camera pipewire:room --effect blur --offline --max-mask-age 2000 --output pipewire",
            gpucam()
        )
        .split(' ')
        .collect::<Vec<_>>(),
    );
    within(60, "gpucam's node", || desktop.has_node("gpucam"));
    // After the second restart, one round more sees that all is well.
    for round in 0..2 + u8::from(restarts) {
        let reader = desktop.reader(size, "");
        let seen = |what: &str| {
            let before = reader.letters().len();
            within(120, &format!("{what} in round {round}"), || {
                let letters = reader.letters();
                assert!(!letters.contains('r'), "the room is seen: {letters}");
                letters[before..].contains(what)
            });
        };
        seen("hhhhh");
        if restarts && round == 2 {
            break;
        }
        if restarts {
            // The camera is a gpucam too, and comes back by itself.
            drop(reader);
            desktop.kill_daemon();
            thread::sleep(Duration::from_secs(1));
            desktop.start_daemon();
            within(60, "both nodes again", || desktop.has_node("gpucam") && desktop.has_node("room"));
            continue;
        }
        drop(camera.take());
        seen("sss");
        camera = Some(source(&desktop));
        seen("hhhhh");
        note!("{}", reader.letters());
    }
    let log = gpucam.log();
    let warnings = log.matches("gpucam waits for it").count();
    assert!((1..=2).contains(&warnings), "{log}");
    note!("{log}");
}

/// Through the camera portal: permission given, and refused.
fn through_portal() {
    let desktop = Desktop::start();
    let _camera = camera(&desktop, "testcam", "YUY2", SIZE);
    let words = [
        "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent",
        &gpucam(),
        "--camera",
        "portal",
        "--output",
        "none.yuyv",
    ];
    let mut without = desktop.service("env", &words);
    assert_eq!(without.ended(), Some(1));
    assert!(without.log().contains("no camera portal"), "{}", without.log());
    let portal = portal::Portal::start(&desktop);
    portal.permit("no");
    let mut denied = desktop.gpucam("--camera portal --output none.yuyv");
    assert_eq!(denied.ended(), Some(1));
    assert!(denied.log().contains("may not use cameras"), "{}", denied.log());
    portal.permit("yes");
    check_seven(&recorded(&desktop, "--camera portal", SIZE), SIZE);
    // While the dialog is open, Ctrl-C ends gpucam, whatever its output is; and so does the portal's end.
    portal.permit("ask");
    let asking = |output: &str| {
        let mut gpucam = desktop.gpucam(&format!("--camera portal --effect none --output {output}"));
        thread::sleep(Duration::from_secs(2));
        assert!(gpucam.runs(), "it does not wait for the answer: {}", gpucam.log());
        gpucam
    };
    for (output, code) in [("pipewire", Some(130)), ("none.yuyv", None)] {
        let mut gpucam = asking(output);
        gpucam.signal("INT");
        assert_eq!(gpucam.ended(), code, "{}", gpucam.log());
    }
    let mut gpucam = asking("pipewire");
    drop(portal);
    assert_eq!(gpucam.ended(), Some(1));
    assert!(gpucam.log().contains("it ended before it answered"), "{}", gpucam.log());
}

/// The daemon's own V4L2 plugin on the kernel's test camera, found by the session manager: into a file in several
/// formats, and into a loopback. WirePlumber needs neither logind nor udev if its Bluetooth part is off.
fn of_v4l2() {
    let script = format!(
        "mkdir -p -m 700 /tmp/run /tmp/home/.config/wireplumber/bluetooth.lua.d
        export XDG_RUNTIME_DIR=/tmp/run HOME=/tmp/home DBUS_SESSION_BUS_ADDRESS=unix:path=/tmp/run/bus
        echo 'bluez_monitor.enabled = false; bluez_monitor.properties[\"with-logind\"] = false' \
            >$HOME/.config/wireplumber/bluetooth.lua.d/51-off.lua
        v4l2-ctl -d0 --set-ctrl test_pattern=1,osd_text_mode=2
        dbus-daemon --session --nofork --address=$DBUS_SESSION_BUS_ADDRESS >bus.log 2>&1 &
        within 60 test -e /tmp/run/bus
        pipewire >pipewire.log 2>&1 &
        within 60 test -e /tmp/run/pipewire-0
        wireplumber >wireplumber.log 2>&1 &
        listed() {{ \"$GPUCAM\" devices | grep 'camera pipewire:'; }}
        within 60 listed
        sleep 1
        for format in yuyv nv12 rgb bgrx; do
            \"$GPUCAM\" --camera pipewire --size {SIZE} --format $format --effect none --frames 10 --output $format.yuyv
        done
        producer --camera pipewire --size {SIZE} --output /dev/video10 --effect none
        within 240 streams /dev/video10
        within 240 lit /dev/video10
        capture /dev/video10 15 loopback
        \"$GPUCAM\" --camera pipewire --size {SIZE} --camera-control brightness=131 --effect none --frames 2 \
            --output bright.yuyv
        v4l2-ctl -d0 --get-ctrl brightness >brightness"
    );
    let ended = Guest::new().run(&script).success();
    for name in ["yuyv", "nv12", "rgb", "bgrx"] {
        show_bars(name, &ended.bytes(&format!("{name}.yuyv")), SIZE, 10);
    }
    show_bars("loopback", &ended.bytes("loopback.raw"), SIZE, 15);
    // A control of the device behind the node.
    assert_eq!(ended.bytes("brightness"), b"brightness: 131\n");
}

/// `gpucam doctor` counts a camera that PipeWire alone has; without a device of V4L2 behind it, it has no controls.
fn alone() {
    let desktop = Desktop::start();
    let before = desktop.ask(&gpucam(), &["doctor"]);
    let _camera = camera(&desktop, "testcam", "YUY2", SIZE);
    let of_camera = |report: &str| {
        let line = report.lines().find(|line| line[4..].starts_with("camera")).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{report}"))
    };
    let after = desktop.ask(&gpucam(), &["doctor"]);
    let (before, after) = (of_camera(&before), of_camera(&after));
    note!("{before}, then {after}");
    // Where there is a camera of V4L2, that is named instead.
    assert!(after.starts_with("ok  camera"), "{after}");
    assert!(!before.starts_with("-> ") || after.contains("The-testcam (PipeWire)"), "{before}, {after}");
    let mut other =
        desktop.gpucam("--camera pipewire:testcam --camera-control brightness=1 --output none.yuyv");
    assert_eq!(other.ended(), Some(1));
    let words = other.log();
    assert!(words.contains("pipewire:The-testcam: PipeWire names no device of V4L2 behind it"), "{words}");
}
