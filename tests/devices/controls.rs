//! `--camera-control`: names, values, and what is said about wrong ones.

use gpucam::internals::{
    ControlError,
    video::{
        camera::controls::{ControlSetting, name, resolve},
        v4l2::{ControlInfo, ControlKind},
    },
};
use libtest_mimic::Trial;

use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::controls::names_are_those_of_v4l2_ctl", names_are_those_of_v4l2_ctl),
        test("devices::controls::values", values),
        test("devices::controls::wrong_ones_say_what_is_right", wrong_ones_say_what_is_right),
    ]
}

/// V4L2_CTRL_FLAG_READ_ONLY.
const READ_ONLY: u32 = 4;

fn control(name: &str, kind: ControlKind, least: i64, most: i64, step: u64) -> ControlInfo {
    ControlInfo { id: 1, name: name.into(), kind, wide: false, least, most, step, default: least, flags: 0 }
}

/// Those of a usual USB camera, as uvcvideo names them.
fn controls() -> Vec<ControlInfo> {
    let privacy = ControlInfo { flags: READ_ONLY, ..control("Privacy", ControlKind::Boolean, 0, 1, 1) };
    vec![
        control("Brightness", ControlKind::Integer, -64, 64, 1),
        control("White Balance, Automatic", ControlKind::Boolean, 0, 1, 1),
        control("Power Line Frequency", ControlKind::Menu, 0, 2, 1),
        control("Auto Exposure", ControlKind::Menu, 0, 3, 1),
        control("Exposure Time, Absolute", ControlKind::Integer, 3, 2047, 1),
        control("Exposure, Dynamic Framerate", ControlKind::Boolean, 0, 1, 1),
        control("Zoom, Absolute", ControlKind::Integer, 100, 400, 10),
        control("LED Bits", ControlKind::Bitmask, 0, 0x8000_000Fu32 as i32 as i64, 0),
        privacy,
    ]
}

fn menu(control: &ControlInfo) -> Vec<(i64, String)> {
    let entries: &[(i64, &str)] = match control.name.as_str() {
        "Power Line Frequency" => &[(0, "Disabled"), (1, "50 Hz"), (2, "60 Hz")],
        // A driver leaves out what the camera cannot do.
        "Auto Exposure" => &[(1, "Manual Mode"), (3, "Aperture Priority Mode")],
        other => panic!("{other} is no menu"),
    };
    entries.iter().map(|&(number, name)| (number, name.to_owned())).collect()
}

fn resolved(typed: &str) -> Result<(String, i64), ControlError> {
    let controls = controls();
    resolve(&typed.parse().unwrap(), &controls, menu).map(|(control, value)| (name(control), value))
}

fn names_are_those_of_v4l2_ctl() {
    for (written, printed) in [
        ("Brightness", "brightness"),
        ("White Balance, Automatic", "white_balance_automatic"),
        ("Exposure Time, Absolute", "exposure_time_absolute"),
        ("Focus, Automatic Continuous", "focus_automatic_continuous"),
        ("Backlight Compensation", "backlight_compensation"),
        ("LED1 Mode", "led1_mode"),
        ("Pan (Absolute)", "pan_absolute"),
    ] {
        assert_eq!(name(&control(written, ControlKind::Integer, 0, 1, 1)), printed);
    }
}

fn values() {
    for (typed, name, value) in [
        ("brightness=-64", "brightness", -64),
        ("Brightness = 0x10", "brightness", 16),
        ("white-balance-automatic=off", "white_balance_automatic", 0),
        ("white_balance_automatic=1", "white_balance_automatic", 1),
        ("power_line_frequency=2", "power_line_frequency", 2),
        ("power_line_frequency=50 Hz", "power_line_frequency", 1),
        ("power_line_frequency=disabled", "power_line_frequency", 0),
        ("auto_exposure=aperture priority mode", "auto_exposure", 3),
        ("zoom_absolute=400", "zoom_absolute", 400),
        ("led_bits=0x80000001", "led_bits", 0x8000_0001),
        // Names of older and newer kernels.
        ("exposure_absolute=30", "exposure_time_absolute", 30),
        ("exposure_auto=1", "auto_exposure", 1),
        ("exposure_auto_priority=0", "exposure_dynamic_framerate", 0),
        ("white_balance_temperature_auto=on", "white_balance_automatic", 1),
    ] {
        assert_eq!(resolved(typed), Ok((name.to_owned(), value)), "{typed}");
    }
    for typed in ["brightness", "=3", "brightness=", ""] {
        assert!(typed.parse::<ControlSetting>().unwrap_err().contains("NAME=VALUE"), "{typed}");
    }
}

fn wrong_ones_say_what_is_right() {
    for (typed, words) in [
        ("brightnes=3", &["no control brightnes;", "did you mean 'brightness'?", "zoom_absolute"][..]),
        ("iris=3", &["no control iris; choose one of: brightness, white_balance_automatic"]),
        ("brightness=65", &["brightness takes -64 to 64, not 65"]),
        ("brightness=bright", &["brightness takes -64 to 64, not bright"]),
        ("zoom_absolute=90", &["zoom_absolute takes 100 to 400 in steps of 10, not 90"]),
        ("white_balance_automatic=2", &["takes on or off, not 2"]),
        ("power_line_frequency=3", &["takes 0 (Disabled), 1 (50 Hz), 2 (60 Hz), not 3"]),
        ("auto_exposure=0", &["takes 1 (Manual Mode), 3 (Aperture Priority Mode), not 0"]),
        ("led_bits=0x10", &["takes bits of 0x8000000f, not 0x10"]),
        ("privacy=0", &["privacy can be read but not set"]),
    ] {
        let said = resolved(typed).unwrap_err().to_string();
        assert!(words.iter().all(|word| said.contains(word)), "{typed}: {said}");
        assert!(!said.contains('\n') && !said.contains("--"), "{said}");
    }
    assert!(
        !resolved("iris=3").unwrap_err().to_string().contains("privacy"),
        "what cannot be set is not offered"
    );
    let none = resolve(&"zoom=1".parse().unwrap(), &[], menu).unwrap_err().to_string();
    assert_eq!(none, "it has no control zoom, and none that can be set");
}
