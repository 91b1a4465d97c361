//! The loopback: finding it, the driver's answers, the module's parameters, and the output of doctor.

use std::{fs, path::Path, time::Duration};

use gpucam::internals::cli::hint::{format_hint, sentence};
use gpucam::internals::{
    Colorimetry, DeviceError, Error, Size,
    cli::{
        doctor::{self, State},
        system::System,
    },
    sys::{OpenWatcher, PollFd, poll},
    video::{
        Fps, VideoFormat,
        device::Devices,
        loopback::{find, format_mismatch, requested_format},
        loopback_module::{LOAD_LOOPBACK, LOOPBACK_OPTIONS, LoopbackModule},
        v4l2::PixFormat,
    },
};
use libtest_mimic::Trial;

use super::{CAPTURES, OUTPUTS, camera, devices, loop_device};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::loopback::found_and_refused", found_and_refused),
        test("devices::loopback::what_came_back", what_came_back),
        test("devices::loopback::module", module),
        test("devices::loopback::doctor", doctor_speaks),
        test("devices::loopback::opens_and_closes_are_noticed", opens_and_closes_are_noticed),
    ]
}

fn found_and_refused() {
    let some = devices(vec![camera(0, "C920", "usb-1"), loop_device(4, OUTPUTS), loop_device(5, OUTPUTS)]);
    let path = |wanted: Option<&str>| {
        find(&some, wanted.map(Path::new), None).map(|device| device.path.display().to_string())
    };
    assert_eq!(path(None).unwrap(), "/nowhere/video4");
    assert_eq!(path(Some("/nowhere/video5")).unwrap(), "/nowhere/video5");
    for (wanted, words) in [
        ("/nowhere/video0", "cannot write to /nowhere/video0: it is a camera; name a loopback"),
        ("/nowhere/video9", "there is no such video device"),
    ] {
        let error = sentence(&path(Some(wanted)).unwrap_err());
        assert!(error.contains(words), "{error}");
    }
    let none = devices(vec![camera(0, "C920", "usb-1")]);
    for wanted in [None, Some(Path::new("/nowhere/video4"))] {
        let error = find(&none, wanted, None).unwrap_err();
        let words = sentence(&error);
        assert!(words.contains("sudo apt install v4l2loopback-dkms"), "{words}");
        assert!(words.contains(LOOPBACK_OPTIONS) && words.contains(LOAD_LOOPBACK), "{words}");
    }
    // The device number counts, not the name; /dev/null stands for a device.
    let null = gpucam::internals::video::device::number(Path::new("/dev/null"));
    assert!(null.is_some());
    let error = find(&some, Some(Path::new("/dev/null")), null).unwrap_err().to_string();
    assert!(error.contains("it is the camera too"), "{error}");
}

fn what_came_back() {
    let size = Size::new(1280, 720);
    let format = VideoFormat { size, fps: Fps::new(30, 1), colorimetry: Colorimetry::default() };
    let asked = requested_format(&format);
    assert_eq!((asked.stride, asked.bytes), (2560, 1_843_200));
    assert_eq!((asked.colorspace, asked.encoding, asked.quantization), (8, 1, 2), "all of it is said");
    assert_eq!(format_mismatch(&asked, &asked), None);
    // 0.12 rounds up to pages; some drivers report 0.
    assert_eq!(format_mismatch(&asked, &PixFormat { bytes: 1_847_296, ..asked }), None);
    assert_eq!(format_mismatch(&asked, &PixFormat { bytes: 0, stride: 0, ..asked }), None);
    let kept = PixFormat { width: 640, height: 480, stride: 1280, bytes: 614_400, ..asked };
    let words_of =
        |got: &PixFormat| format_mismatch(&asked, got).map(|error| format!("{error}{}", format_hint(&error)));
    let words = words_of(&kept).unwrap();
    assert!(words.contains("YUYV at 1280x720 was asked for and it stays with YUYV at 640x480"), "{words}");
    assert!(words.ends_with("or give --output-size 640x480"), "{words}");
    let other = PixFormat { fourcc: u32::from_le_bytes(*b"YU12"), ..asked };
    let words = words_of(&other).unwrap();
    assert!(words.contains("it stays with YU12") && !words.contains("-size"), "{words}");
    assert!(words_of(&PixFormat { stride: 2624, ..asked }).unwrap().contains("2624"));
    assert!(words_of(&PixFormat { bytes: 4096, ..asked }).unwrap().contains("4096"));
}

/// If the driver does not report consumers, opening its node is noticed all the same.
fn opens_and_closes_are_noticed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let watcher = OpenWatcher::new(file.path()).unwrap();
    let is_ready = || {
        let mut wait = [PollFd::to_read(watcher.fd())];
        poll(&mut wait, Duration::ZERO).unwrap();
        wait[0].is_ready()
    };
    assert!(!is_ready() && !watcher.drain());
    let open = fs::File::open(file.path()).unwrap();
    assert!(is_ready() && watcher.drain(), "opened");
    assert!(!is_ready() && !watcher.drain(), "told once");
    drop(open);
    assert!(is_ready() && watcher.drain(), "closed");
    assert!(OpenWatcher::new(Path::new("/nowhere/video4")).is_err());
}

/// A module read from a folder like /sys/module/v4l2loopback.
fn module_of(version: &str, parameters: &[(&str, &str)]) -> LoopbackModule {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("parameters")).unwrap();
    fs::write(folder.path().join("version"), format!("{version}\n")).unwrap();
    for (name, value) in parameters {
        fs::write(folder.path().join("parameters").join(name), format!("{value}\n")).unwrap();
    }
    LoopbackModule::read(folder.path())
}

fn module() {
    let module = module_of(
        "0.13.2",
        &[("max_buffers", "2"), ("exclusive_caps", "Y,N,N,N"), ("video_nr", "4,5,-1,-1")],
    );
    assert_eq!((module.version.as_deref(), module.max_buffers), (Some("0.13.2"), Some(2)));
    // A device without a producer exposes both sides while a consumer holds it; the module parameters are
    // right.
    assert!(!module.lacks_exclusive_caps(&loop_device(4, CAPTURES | OUTPUTS)));
    assert!(module.lacks_exclusive_caps(&loop_device(5, OUTPUTS)));
    // Without parameters the capabilities of the node decide.
    let silent = LoopbackModule::read(Path::new("/nowhere"));
    assert_eq!(silent, LoopbackModule::default());
    assert!(silent.lacks_exclusive_caps(&loop_device(4, CAPTURES | OUTPUTS)));
    assert!(!silent.lacks_exclusive_caps(&loop_device(4, OUTPUTS)));
}

fn doctor_speaks() {
    let lines = |devices: &Devices, module: &LoopbackModule| {
        let checks = doctor::devices(devices, module, &System::at(Path::new("/nowhere")));
        assert!(checks.iter().all(|check| !check.found.contains('\n')), "a line each: {checks:?}");
        let is_fixed = |check: &doctor::Check| check.state == State::Good || !check.steps.is_empty();
        assert!(checks.iter().all(|check| is_fixed(check) || check.found.contains("see ")), "{checks:?}");
        checks.iter().map(|check| (check.what, check.state)).collect::<Vec<_>>()
    };
    let wrong = |lines: &[(&'static str, State)]| -> Vec<_> {
        lines.iter().copied().filter(|(_, state)| *state != State::Good).collect()
    };
    let some = devices(vec![camera(0, "C920", "usb-1"), loop_device(4, OUTPUTS)]);
    let good = module_of("0.15.0", &[("max_buffers", "8"), ("exclusive_caps", "Y"), ("video_nr", "4")]);
    assert_eq!(wrong(&lines(&some, &good)), []);
    let bad = module_of("0.15.0", &[("max_buffers", "2"), ("exclusive_caps", "N"), ("video_nr", "4")]);
    assert_eq!(wrong(&lines(&some, &bad)), [("caps", State::Missing), ("buffers", State::Advice)]);
    for check in doctor::devices(&some, &bad, &System::at(Path::new("/nowhere")))
        .iter()
        .filter(|check| check.state != State::Good)
    {
        assert_eq!(check.steps, [LOOPBACK_OPTIONS, LOAD_LOOPBACK], "{}", check.what);
    }
    let none = lines(&Devices::default(), &LoopbackModule::default());
    assert_eq!(none, [("camera", State::Missing), ("loopback", State::Missing)]);
    let refused = || vec![("/nowhere/video0".into(), std::io::ErrorKind::PermissionDenied)];
    let shut = lines(&Devices { found: Vec::new(), refused: refused() }, &good);
    assert_eq!(shut[0], ("rights", State::Missing));
    // A node that nobody needs is only advice.
    let partly = lines(&Devices { refused: refused(), ..some }, &good);
    assert_eq!(wrong(&partly), [("rights", State::Advice)]);
    assert!(matches!(Error::from(DeviceError::NoLoopback), Error::Device(DeviceError::NoLoopback)));
}
