//! Nodes that look like cameras and are none, cameras that another program relays into a loopback, and
//! loopbacks that others write to: what is taken by default, and what is said.

use std::path::Path;

use gpucam::internals::{
    cli::{doctor, hint::sentence, system::System},
    video::{
        camera::name::find,
        device::{Device, Devices},
        loopback,
        loopback_module::{LoopbackModule, RELAY, TWO_LOOPBACKS},
        producer::{Producer, is_written},
        role::DeviceRole,
    },
};
use libtest_mimic::Trial;

use super::{CAPTURES, METADATA, OUTPUTS, camera, device, devices, loop_device};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::role::by_capabilities_and_formats", by_capabilities_and_formats),
        test("devices::role::infrared_beside_colour", infrared_beside_colour),
        test("devices::role::raw_nodes_come_first", raw_nodes_come_first),
        test("devices::role::only_raw_nodes", only_raw_nodes),
        test("devices::role::only_infrared", only_infrared),
        test("devices::role::relayed_cameras", relayed_cameras),
        test("devices::role::outputs_that_are_taken", outputs_that_are_taken),
        test("devices::role::state_of_a_loopback", state_of_a_loopback),
    ]
}

/// V4L2_CAP_IO_MC with capture and streaming, as Intel's IPU6 has it.
const RAW: u32 = 0x2400_0001;

fn fourcc(text: &str) -> u32 {
    u32::from_le_bytes(text.as_bytes().try_into().expect("four bytes"))
}

/// A USB camera with these formats.
fn gives(number: u32, card: &str, bus: &str, formats: &[&str]) -> Device {
    Device { formats: formats.iter().map(|text| fourcc(text)).collect(), ..camera(number, card, bus) }
}

fn relay(number: u32, card: &str, device_caps: u32) -> Device {
    let mut device = loop_device(number, device_caps);
    (device.producer, device.capability.card) = (Producer::Other, card.into());
    device
}

/// The eight capture nodes of an IPU6 (Linux 6.10, `ipu6-isys`).
fn ipu6() -> Vec<Device> {
    let node = |number| device(number, "isys", "ipu6", "PCI:pci:intel-ipu6", RAW);
    (0..8).map(|number| Device { formats: vec![fourcc("BA10"), fourcc("pgAA")], ..node(number) }).collect()
}

fn path(devices: &Devices, wanted: Option<&str>) -> String {
    match find(devices, wanted) {
        Ok(device) => device.path.display().to_string(),
        Err(error) => sentence(&error),
    }
}

fn by_capabilities_and_formats() {
    let table = [
        (camera(0, "C920", "usb-1"), DeviceRole::Camera),
        (gives(0, "C920", "usb-1", &["YUYV", "MJPG", "H264"]), DeviceRole::Camera),
        (gives(0, "old C920", "usb-1", &["H264"]), DeviceRole::UnknownFormats),
        (gives(0, "sensor", "usb-1", &["RGGB", "pRAA", "BG12", "ip3G", "BYR2"]), DeviceRole::RawSensor),
        (gives(0, "sensor", "usb-1", &["RGGB", "NV12"]), DeviceRole::Camera),
        (gives(0, "face", "usb-1", &["GREY"]), DeviceRole::Infrared),
        (gives(0, "face", "usb-1", &["Y16 ", "Y8I ", "Z16 "]), DeviceRole::Infrared),
        (gives(0, "face", "usb-1", &["GREY", "YUYV"]), DeviceRole::Camera),
        (device(0, "isys", "ipu6", "pci", RAW), DeviceRole::RawSensor),
        (device(0, "isys", "ipu6", "pci", 0x2400_1000), DeviceRole::RawSensor), // …_CAPTURE_MPLANE
        // V4L2_CAP_VIDEO_CAPTURE_MPLANE: a camera of an ARM board.
        (device(0, "unicam", "unicam", "platform", 0x0400_1000), DeviceRole::Camera),
        (device(0, "uvcvideo", "C920", "usb-1", METADATA), DeviceRole::Metadata),
        (device(0, "codec", "decoder", "platform", 0x0400_8000), DeviceRole::Codec), // V4L2_CAP_VIDEO_M2M
        (device(0, "codec", "old decoder", "platform", 0x0400_3000), DeviceRole::Codec), // both sides
        (device(0, "bttv", "radio", "pci", 0x0005_0000), DeviceRole::Other),
        (loop_device(0, CAPTURES | OUTPUTS), DeviceRole::Loopback),
    ];
    for (device, role) in table {
        let found = devices(vec![device.clone()]);
        assert_eq!(found.role(&found.found[0]), role, "{device:?}");
        assert_eq!(found.cameras().count(), usize::from(role == DeviceRole::Camera), "{device:?}");
        // Whatever is passed over has a reason.
        let is_passed_over = !matches!(role, DeviceRole::Camera | DeviceRole::Loopback);
        assert_eq!(found.passed_over().count(), usize::from(is_passed_over), "{device:?}");
    }
}

/// By the name, if a colour camera has the same USB address. The kernel cuts names off after 31 bytes.
fn infrared_beside_colour() {
    let here = "usb-0000:00:14.0-8";
    let infrared = |card: &str, sibling: Option<(&str, &str)>| {
        let mut found = vec![gives(0, card, here, &["MJPG"])];
        found.extend(sibling.map(|(card, bus)| gives(2, card, bus, &["MJPG", "YUYV"])));
        let found = devices(found);
        found.role(&found.found[0]) == DeviceRole::Infrared
    };
    let colour = Some(("Integrated Camera: Integrated C", here));
    for card in [
        "Integrated IR Camera",
        "HP IR camera",
        "Infrared Cam",
        "USB2.0_FHD_IR",
        "Integrated Camera: Integrated I",
    ] {
        assert!(infrared(card, colour), "{card}");
        assert!(!infrared(card, None), "{card} is the only camera");
        assert!(!infrared(card, Some(("C920", "usb-0000:00:14.0-1"))), "{card} beside another device");
        assert!(!infrared(card, Some(("Second IR Camera", here))), "{card} beside its like");
    }
    for card in ["Iriun Webcam", "AirCam", "Integrated Camera", "Camera I"] {
        assert!(!infrared(card, colour), "{card}");
    }
    // The default is the colour camera, though it comes second; the other is found by its name.
    let both = devices(vec![
        gives(0, "Integrated IR Camera", here, &["MJPG"]),
        gives(2, "Integrated RGB Camera", here, &["MJPG"]),
    ]);
    assert_eq!(path(&both, None), "/nowhere/video2");
    assert_eq!(path(&both, Some("0")), "/nowhere/video2");
    assert_eq!(path(&both, Some("integrated")), "/nowhere/video2");
    assert_eq!(path(&both, Some("ir camera")), "/nowhere/video0");
    assert_eq!(path(&both, Some("/nowhere/video0")), "/nowhere/video0");
}

fn raw_nodes_come_first() {
    let mut found = ipu6();
    found.push(gives(8, "C920", "usb-1", &["YUYV"]));
    found.push(device(9, "uvcvideo", "C920", "usb-1", METADATA));
    let found = devices(found);
    assert_eq!(path(&found, None), "/nowhere/video8");
    assert_eq!(path(&found, Some("0")), "/nowhere/video8", "an index counts cameras");
    assert_eq!(
        found.passed_over_in_words(),
        "/nowhere/video0 to /nowhere/video7 (8 nodes): raw sensor data, which libcamera turns into pictures; \
         /nowhere/video9: a camera's metadata, no pictures"
    );
    let named = path(&found, Some("/nowhere/video3"));
    let words = format!(
        "cannot use the camera /nowhere/video3: it gives raw sensor data, which libcamera turns into pictures; take it \
         from PipeWire with `--camera pipewire`, or relay it into a loopback, such as with `{RELAY}`"
    );
    assert_eq!(named, words);
    let checks = doctor::devices(&found, &LoopbackModule::default(), &System::at(Path::new("/nowhere")));
    let others = checks.iter().find(|check| check.what == "others").expect("a line about them");
    assert!(others.state == doctor::State::Good && others.found.contains("8 nodes"), "{others:?}");
}

fn only_raw_nodes() {
    let found = devices(ipu6());
    for wanted in [None, Some("0"), Some("c920")] {
        let said = path(&found, wanted);
        let start = "no camera gives pictures that gpucam can show: /nowhere/video0 to /nowhere/video7 (8 nodes): raw";
        assert!(said.starts_with(start) && said.contains(RELAY), "{wanted:?}: {said}");
    }
    let checks = doctor::devices(&found, &LoopbackModule::default(), &System::at(Path::new("/nowhere")));
    let camera = checks.iter().find(|check| check.what == "camera").expect("a line about cameras");
    assert!(camera.state == doctor::State::Missing && camera.steps.contains(&RELAY.into()), "{camera:?}");
    assert!(camera.steps[0].contains(TWO_LOOPBACKS), "{camera:?}");
    // The relay is the camera then.
    let mut with_relay = ipu6();
    with_relay.push(relay(11, "feed", CAPTURES));
    assert_eq!(path(&devices(with_relay), None), "/nowhere/video11");
}

fn only_infrared() {
    let found = devices(vec![gives(0, "face", "usb-1", &["GREY"])]);
    let said = path(&found, None);
    let words = "no camera gives pictures that gpucam can show: /nowhere/video0: infrared or depth, no colour; plug in";
    assert!(said.starts_with(words), "{said}");
    // Metadata alone is no camera at all.
    let found = devices(vec![device(1, "uvcvideo", "C920", "usb-1", METADATA)]);
    assert!(path(&found, None).starts_with("no camera found; plug one in"), "{}", path(&found, None));
}

fn relayed_cameras() {
    let mut found =
        devices(vec![loop_device(10, CAPTURES), relay(11, "DroidCam", CAPTURES), loop_device(12, OUTPUTS)]);
    assert_eq!(path(&found, None), "/nowhere/video11", "no other camera");
    assert_eq!(path(&found, Some("droid")), "/nowhere/video11");
    assert!(
        path(&found, Some("gpucam")).contains("there is no camera 'gpucam'; choose one of: 0 (DroidCam)")
    );
    // The camera of the machine goes first, whatever its number.
    found.found.push(camera(20, "C920", "usb-1"));
    assert_eq!(path(&found, None), "/nowhere/video20");
    assert_eq!(path(&found, Some("1")), "/nowhere/video11");
    // Without exclusive_caps a loopback always captures; only a producer makes it a camera.
    let both = CAPTURES | OUTPUTS;
    let idle = devices(vec![loop_device(10, both)]);
    assert!(path(&idle, None).starts_with("no camera found"), "{}", path(&idle, None));
    assert!(path(&idle, Some("/nowhere/video10")).contains("a loopback that nobody writes to"));
    assert_eq!(path(&devices(vec![relay(10, "OBS", both)]), None), "/nowhere/video10");
}

fn outputs_that_are_taken() {
    let output = |found: &Devices, input| match loopback::candidates(found, None, input) {
        Ok(found) => {
            found.iter().map(|device| device.path.display().to_string()).collect::<Vec<_>>().join(" ")
        }
        Err(error) => sentence(&error),
    };
    let two = |first: Device, second: Device| devices(vec![first, second]);
    let free = |number| loop_device(number, OUTPUTS);
    assert_eq!(output(&two(free(10), free(11)), None), "/nowhere/video10 /nowhere/video11");
    assert_eq!(output(&two(relay(10, "OBS", CAPTURES), free(11)), None), "/nowhere/video11");
    assert_eq!(output(&two(relay(10, "OBS", CAPTURES | OUTPUTS), free(11)), None), "/nowhere/video11");
    assert_eq!(output(&two(loop_device(10, CAPTURES), free(11)), None), "/nowhere/video11");
    let said = output(&two(relay(10, "OBS", CAPTURES), loop_device(11, CAPTURES)), None);
    let words = "no virtual camera is free: a program of another user writes to /nowhere/video10, another gpucam writes \
                 to /nowhere/video11; close that program, or make two of them with `options v4l2loopback devices=2";
    assert!(said.starts_with(words), "{said}");
    // /dev/null stands for the camera.
    let mut null = relay(10, "OBS", CAPTURES);
    null.path = "/dev/null".into();
    let input = gpucam::internals::video::device::number(&null.path);
    let said = output(&devices(vec![null]), input);
    assert!(said.contains("/dev/null is the camera"), "{said}");
}

/// By the driver's attribute in sysfs; without one, by what QUERYCAP gives.
fn state_of_a_loopback() {
    let caps = |caps| loop_device(0, caps).capability;
    assert!(is_written(Some("capture\n"), &caps(CAPTURES | OUTPUTS)));
    assert!(
        !is_written(Some("output\n"), &caps(CAPTURES | OUTPUTS)),
        "both sides show without exclusive_caps"
    );
    assert!(!is_written(Some(""), &caps(CAPTURES)), "0.13 gives EAGAIN");
    assert!(is_written(None, &caps(CAPTURES)) && !is_written(None, &caps(OUTPUTS)));
    assert!(!is_written(None, &caps(CAPTURES | OUTPUTS)));
}
