//! A camera's controls, and its shutter.

use libtest_mimic::Trial;

use crate::{
    frames::{Size, split},
    guest::{Guest, guest_test},
    sends::said,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        guest_test("controls::are_set", are_set),
        guest_test("controls::are_set_again", are_set_again),
        guest_test("controls::a_closed_shutter", a_closed_shutter),
    ]
}

const SIZE: Size = Size::SMALL;

/// vivid has controls of every kind.
fn are_set() {
    let script = format!(
        r#"camera /dev/video0 {SIZE} YUYV 1
        run() {{ attempt "$1" "$GPUCAM" --camera /dev/video0 --effect none --frames 1 --output "$1".y4m "${{@:2}}"; }}
        run all --camera-control brightness=200 --camera-control contrast=0x40 --camera-control hue=-5             --camera-control horizontal_flip=on --camera-control integer_64_bits=4294967296             --camera-control bitmask=0x80002000 --camera-control menu=3 --camera-control 'integer_menu=2'             --camera-control 'test_pattern=100% Red' --camera-control button=1
        v4l2-ctl -d0 --get-ctrl brightness,contrast,hue,horizontal_flip,bitmask,menu,integer_menu,test_pattern >got
        v4l2-ctl -d0 --list-ctrls | grep integer_64 >wide
        run unknown --camera-control brightnes=3
        run range --camera-control brightness=300
        run entry --camera-control test_pattern=nonsense
        run file --camera-control brightness
        attempt input "$GPUCAM" --input testcard --camera-control brightness=3 --effect none --output input.png
        "$GPUCAM" devices >devices; "$GPUCAM" devices --json >json"#
    );
    let ended = Guest::new().run(&script).success();
    let got = ended.text("got");
    let value = |name: &str| {
        let line =
            got.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap_or_else(|| panic!("{got}"));
        line.split_once(':').unwrap().1.trim().to_owned()
    };
    assert_eq!(ended.text("all.code").trim(), "0", "{}", ended.text("all.err"));
    let wanted = [("brightness", "200"), ("contrast", "64"), ("hue", "-5"), ("horizontal_flip", "1")];
    for (name, want) in wanted {
        assert_eq!(value(name), want, "{name}");
    }
    assert!(value("menu").starts_with('3') && value("integer_menu").starts_with('2'), "{got}");
    assert!(value("test_pattern").contains("100% Red"), "{got}");
    assert_eq!(value("bitmask"), 0x8000_2000_u32.cast_signed().to_string());
    assert!(ended.text("wide").contains("value=4294967296"), "{}", ended.text("wide"));
    for (name, words) in [
        ("unknown", &["/dev/video0", "no control brightnes;", "did you mean 'brightness'?", "contrast"][..]),
        ("range", &["/dev/video0", "brightness takes 0 to 255, not 300"]),
        ("entry", &["/dev/video0", "test_pattern takes 0 (", "not nonsense"]),
    ] {
        let (code, said) = (ended.text(&format!("{name}.code")), ended.text(&format!("{name}.err")));
        assert_eq!((code.trim(), said.lines().count()), ("1", 1), "{name}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{name}, {words:?}: {said}");
    }
    for name in ["file", "input"] {
        assert_eq!(ended.text(&format!("{name}.code")).trim(), "2", "{}", ended.text(&format!("{name}.err")));
    }
    let (devices, json) = (ended.text("devices"), ended.text("json"));
    for line in [
        "brightness: 0 to 255, default 128, now 200",
        "horizontal_flip: on or off, default off, now on",
        "bitmask: bits of 0x80402010, default 0x80002000",
    ] {
        assert!(devices.contains(line), "no '{line}' in {devices}");
    }
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let listed = json["cameras"][0]["controls"].as_array().unwrap();
    let brightness = listed.iter().find(|control| control["name"] == "brightness").unwrap();
    assert_eq!((&brightness["most"], &brightness["value"]), (&255.into(), &200.into()));
    note!("{} controls", listed.len());
}

/// Another program changes a control. When the camera was unplugged and is back, it has the value that was
/// asked for.
fn are_set_again() {
    let script = format!(
        "camera /dev/video0 {SIZE} YUYV 1
        export RUST_LOG=gpucam=info
        is() {{ v4l2-ctl -d0 --get-ctrl brightness | grep \": $1$\" >/dev/null; }}
        producer --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect none --camera-control brightness=131
        within 240 lit /dev/video10
        is 131
        v4l2-ctl -d0 --set-ctrl brightness=90
        is 90
        v4l2-ctl -d0 --set-ctrl disconnect=1
        within 240 is 131
        within 240 lit /dev/video10"
    );
    let ended = Guest::new().run(&script).success();
    assert_eq!(said(&ended, "it was unplugged"), 1, "{ended:?}");
}

/// While the camera's shutter is closed, the slate is shown and the status line says why, although the camera
/// goes on sending. A terminal is needed for the status line.
/// Without the sandbox: the simulated shutter is a file that gpucam itself would have to read.
fn a_closed_shutter() {
    let script = format!(
        "camera /dev/video0 {SIZE} YUYV 1
        dark() {{ ! lit /dev/video10; }}
        moved() {{ echo $1 >shutter.new; mv shutter.new position; }}
        moved 1
        export RUST_LOG=gpucam=info SHUTTER=$PWD/position
        command=\"$GPUCAM --camera /dev/video0 --size {SIZE} --output /dev/video10 --effect none --no-sandbox\"
        LD_PRELOAD=$PWD/webcam script -qfec \"$command\" /dev/null >terminal </dev/null &
        within 240 streams /dev/video10
        within 240 grep -q 'camera shutter closed:' terminal
        capture /dev/video10 5 closed
        moved 0
        within 240 lit /dev/video10
        capture /dev/video10 30 open
        within 240 grep -q 'live:' terminal
        moved 1
        within 240 dark
        capture /dev/video10 5 again
        moved 0
        within 240 lit /dev/video10
        pkill -INT -x gpucam
        within 240 grep -q 'frames shown' terminal"
    );
    let ended = Guest::new().preloaded("webcam").run(&script).success();
    let slates = |name: &str| {
        let frames = ended.bytes(name);
        split(&frames, SIZE.yuyv_bytes())
            .iter()
            .filter(|f| f.iter().step_by(2).all(|&luma| luma == 16))
            .count()
    };
    assert_eq!((slates("closed.raw"), slates("open.raw"), slates("again.raw")), (5, 0, 5));
    let terminal = ended.text("terminal");
    let said = |words: &str| terminal.matches(words).count();
    assert_eq!(said("the slate is shown until it is opened"), 2, "{terminal}");
    assert_eq!(said("no picture came"), 0, "{terminal}");
    note!(
        "{}",
        terminal.split('\r').rfind(|line| line.contains("camera shutter closed:")).unwrap_or_default()
    );
}
