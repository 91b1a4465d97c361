//! Finding a camera by name, and again after unplugging.

use std::{io, path::Path};

use gpucam::internals::cli::hint::sentence;
use gpucam::internals::{
    DeviceError, Error,
    video::{
        camera::{CameraIdentity, name::find},
        device::{Devices, by_id, explain_error},
        role::DeviceRole,
    },
};
use libtest_mimic::Trial;

use super::{CAPTURES, METADATA, OUTPUTS, camera, device, devices, loop_device};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::name::cameras_and_others", cameras_and_others),
        test("devices::name::by_index_name_and_path", by_index_name_and_path),
        test("devices::name::nothing_there", nothing_there),
        test("devices::name::again_after_replugging", again_after_replugging),
        test("devices::name::by_id_links", by_id_links),
        test("devices::name::refusals", refusals),
    ]
}

fn some() -> Devices {
    devices(vec![
        loop_device(0, OUTPUTS),
        camera(1, "Integrated Camera", "usb-0000:00:14.0-8"),
        device(2, "uvcvideo", "Integrated Camera", "usb-0000:00:14.0-8", METADATA),
        camera(3, "C920 Pro", "usb-0000:00:14.0-1"),
        loop_device(4, CAPTURES),
        device(5, "bcm2835-codec", "encoder", "platform:codec", 0x0400_4000), // V4L2_CAP_VIDEO_M2M_MPLANE,
    ])
}

fn cameras_and_others() {
    let devices = some();
    let roles: Vec<_> = devices.found.iter().map(|device| device.capability.role()).collect();
    use DeviceRole::*;
    assert_eq!(roles, [Loopback, Camera, Metadata, Camera, Loopback, Codec]);
    assert!(loop_device(0, CAPTURES | OUTPUTS).capability.shows_both_sides());
    assert!(!loop_device(0, CAPTURES).capability.shows_both_sides());
}

fn by_index_name_and_path() {
    let mut devices = some();
    devices.found[3].by_id = Some("/nowhere/by-id/usb-046d_HD_Pro_Webcam_C920_1A2B-video-index0".into());
    let path = |wanted| find(&devices, wanted).map(|device| device.path.display().to_string());
    for (wanted, number) in [
        (None, 1),
        (Some("0"), 1),
        (Some("1"), 3),
        (Some("c920"), 3),
        (Some("integrated"), 1),
        (Some("14.0-1"), 3),
        (Some("046d"), 3),
        (Some("/nowhere/video3"), 3),
        (Some("/nowhere/video4"), 4), // a loopback with a producer, named by its path
    ] {
        assert_eq!(path(wanted).unwrap(), format!("/nowhere/video{number}"), "{wanted:?}");
    }
    for (wanted, words) in [
        ("2", "there is no camera '2'; choose one of: 0 (Integrated Camera), 1 (C920 Pro)"),
        ("brio", "there is no camera 'brio'; choose one of: 0 (Integrated Camera), 1 (C920 Pro)"),
        ("/nowhere/video9", "there is no such video device; `gpucam devices`"),
        ("/nowhere/video2", "it delivers no pictures"),
        ("/nowhere/video0", "it is a loopback that nobody writes to"),
    ] {
        let error = sentence(&path(Some(wanted)).unwrap_err());
        assert!(error.contains(words), "{error}");
    }
}

fn nothing_there() {
    let none = Devices::default();
    assert!(matches!(find(&none, None), Err(Error::Device(DeviceError::NoCamera))));
    assert!(matches!(find(&none, Some("c920")), Err(Error::Device(DeviceError::NoCamera))));
    let only_loops = devices(vec![loop_device(0, CAPTURES)]);
    assert!(
        matches!(find(&only_loops, None), Err(Error::Device(DeviceError::NoCamera))),
        "gpucam's own output is no camera unasked"
    );
    let kind = io::ErrorKind::PermissionDenied;
    let shut = Devices { found: Vec::new(), refused: vec![("/nowhere/video0".into(), kind)] };
    for wanted in [None, Some("0"), Some("/nowhere/video0")] {
        let error = sentence(&find(&shut, wanted).unwrap_err());
        let words = "cannot use the camera /nowhere/video0: opening it is not permitted; join its group with \
                     `sudo usermod -aG video $USER` and log in again";
        assert_eq!(error, words);
    }
}

fn again_after_replugging() {
    let devices = some();
    let mut c920 = devices.found[3].clone();
    let link = "/nowhere/by-id/usb-C920";
    c920.by_id = Some(link.into());
    let identity = CameraIdentity::from_device(&c920, None);
    assert_eq!(identity.link.as_deref(), Some(Path::new(link)));
    let typed = CameraIdentity::from_device(&c920, Some("/dev/v4l/by-id/typed"));
    assert_eq!(typed.link.as_deref(), Some(Path::new("/dev/v4l/by-id/typed")), "what was typed counts");
    let found = |found: Vec<_>| identity.find(&super::devices(found)).map(|device| device.path.clone());
    let numbered = |number: u32, bus: &str, link: Option<&str>| {
        let mut device = camera(number, "C920 Pro", bus);
        device.by_id = link.map(Into::into);
        device
    };
    let other = || camera(1, "Integrated Camera", "usb-0000:00:14.0-8");
    let here = "usb-0000:00:14.0-1";
    assert_eq!(found(vec![other()]), None, "still gone");
    // By its link, under another number and at another port.
    let back = found(vec![other(), numbered(7, "usb-0000:00:14.0-2", Some(link))]);
    assert_eq!(back, Some("/nowhere/video7".into()));
    // Without links: by bus address and name, even with a second camera of the same name.
    let back = found(vec![numbered(6, "usb-0000:00:14.0-3", None), numbered(7, here, None)]);
    assert_eq!(back, Some("/nowhere/video7".into()));
    // At another port: the only one with its name.
    assert_eq!(found(vec![other(), numbered(8, "usb-9", None)]), Some("/nowhere/video8".into()));
    // Two unknown cameras with its name: neither.
    assert_eq!(found(vec![numbered(6, "usb-8", None), numbered(8, "usb-9", None)]), None);
}

/// /dev/v4l/by-id as udev maintains it, with /dev/null and /dev/zero as two nodes: the link points to the
/// camera under any number, and is missing while the camera is away.
fn by_id_links() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("usb-046d_C920_1A2B-video-index0");
    let leads_to = |node: &str| {
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(node, &link).unwrap();
    };
    let at = |node: &str| {
        let mut device = camera(0, "C920 Pro", "usb-0000:00:14.0-1");
        (device.path, device.capability.bus) = (node.into(), format!("usb at {node}"));
        device
    };
    leads_to("/dev/null");
    let other = folder.path().join("usb-Integrated-video-index0");
    std::os::unix::fs::symlink("/dev/zero", &other).unwrap();
    assert_eq!(by_id(folder.path(), Path::new("/dev/null")), Some(link.clone()));
    assert_eq!(by_id(folder.path(), Path::new("/dev/full")), None);
    let mut before = at("/dev/null");
    before.by_id = by_id(folder.path(), &before.path);
    let identity = CameraIdentity::from_device(&before, None);
    assert_eq!(identity.link, Some(link.clone()));

    // Two cameras with its name at unknown bus addresses: only the link identifies it.
    let found = || identity.find(&devices(vec![at("/dev/full"), at("/dev/zero")])).map(|d| d.path.clone());
    leads_to("/dev/zero");
    assert_eq!(found().as_deref(), Some(Path::new("/dev/zero")));
    leads_to("/dev/full");
    assert_eq!(found().as_deref(), Some(Path::new("/dev/full")));
    std::fs::remove_file(&link).unwrap();
    assert_eq!(found(), None, "neither, while it is away");
}

fn refusals() {
    let words = |code| {
        let source = explain_error(io::Error::from_raw_os_error(code), None);
        sentence(&DeviceError::Camera { path: "/nowhere/video0".into(), source }.into())
    };
    assert!(words(16).contains("another program is using it"), "EBUSY: {}", words(16));
    assert!(words(13).contains("usermod -aG video"), "EACCES: {}", words(13));
    assert!(words(19).contains("no such device"), "ENODEV: {}", words(19));
    assert!(words(25).contains("not a video device"), "ENOTTY: {}", words(25));
    for code in [5, 12, 13, 16, 19, 22, 25] {
        let sentence = words(code);
        assert!(sentence.contains(';') && !sentence.contains('\n'), "what to do follows: {sentence}");
    }
}
