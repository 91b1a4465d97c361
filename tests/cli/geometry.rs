//! The flags that turn and crop the frame.

use gpucam::internals::{
    Size,
    frame::geometry::{Geometry, Rotate},
};
use libtest_mimic::Trial;

use super::{Workspace, noise};
use crate::{
    mirror::reframe::{cropped, pack, turned, unpack},
    support::{gpu_test, test},
};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        gpu_test("cli::geometry::files", files),
        test("cli::geometry::bad", bad),
        test("cli::geometry::no_adapter", no_adapter),
    ]
}

const SIZE: Size = Size::new(64, 36);

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.put("a.yuyv", &noise(2 * SIZE.yuyv_bytes(), 1));
    workspace
}

/// Without an effect no model is needed, and every pixel is at its place.
fn files() {
    let workspace = workspace();
    let input = workspace.get("a.yuyv");
    let made = |flags: &str| {
        let line = format!("--effect none --offline --input a.yuyv --size {SIZE} {flags} --output b.yuyv");
        workspace.gpucam(&line).run().silent();
        workspace.get("b.yuyv")
    };
    let frames = |geometry: &Geometry| -> Vec<_> {
        input.chunks(SIZE.yuyv_bytes()).map(|frame| turned(&unpack(frame, SIZE), geometry)).collect()
    };
    let none = Geometry::default();
    let cases = [
        ("--mirror", Geometry { mirror: true, ..none }),
        ("--flip", Geometry { flip: true, ..none }),
        ("--rotate 180", Geometry { rotate: Rotate::Half, ..none }),
        ("--rotate 270 --mirror", Geometry { rotate: Rotate::ThreeQuarters, mirror: true, ..none }),
    ];
    for (flags, geometry) in cases {
        let want: Vec<u8> = frames(&geometry).iter().flat_map(pack).collect();
        assert!(made(flags) == want, "{flags}");
    }
    let part =
        |at| frames(&none).iter().flat_map(|frame| pack(&cropped(frame, at, Size::new(32, 20)))).collect();
    let (corner, middle): (Vec<u8>, Vec<u8>) = (part((3, 5)), part((16, 8)));
    assert!(made("--crop 32x20+3+5") == corner && made("--crop 32x20") == middle);
    assert!(made("--zoom 1") == input && made("--rotate 0") == input, "nothing was asked for");
    let zoomed = made("--zoom 2");
    assert!(zoomed.len() == input.len() && zoomed != input);

    // The output states its size.
    let line = format!("--effect none --input a.yuyv --size {SIZE} --rotate 90 --output b.y4m");
    workspace.gpucam(&line).run().silent();
    assert!(workspace.get("b.y4m").starts_with(b"YUV4MPEG2 W36 H64 "));
}

fn bad() {
    let workspace = workspace();
    let line = |flags: &str| format!("--effect none --input a.yuyv --size {SIZE} --output b.yuyv {flags}");
    let wrong = |flags: &str| workspace.gpucam(&line(flags)).without_adapter().run();
    for value in ["0.9", "8.1", "nan", "-2", "much"] {
        wrong(&format!("--zoom={value}")).misused(&["--zoom", value, "1 to 8"]);
    }
    for value in ["0.9", "4.1", "inf", "x"] {
        wrong(&format!("--follow={value}")).misused(&["--follow", value, "1 to 4"]);
    }
    for value in ["45", "-45", "left"] {
        wrong(&format!("--rotate={value}")).misused(&["--rotate", value, "0, 90, 180, 270"]);
    }
    for value in ["32", "32x20+1", "32x20+a+b", "32x20-1-1"] {
        wrong(&format!("--crop={value}")).misused(&["--crop", value, "WxH+X+Y"]);
    }
    wrong("--crop 32x20 --zoom 2").misused(&["--crop", "--zoom"]);
    wrong("--output-alpha c.png --mirror").misused(&["--output-alpha", "--mirror"]);
    for value in ["66x20", "32x37", "32x20+33+0", "32x20+0+17"] {
        wrong(&format!("--crop {value}")).unusable(&["--crop", value, "64x36"]);
    }
    wrong("--crop 38x20 --rotate 90").unusable(&["38x20", "36x64"]);
    wrong("--crop 31x20").unusable(&["31x20", "odd width"]);
    wrong("--crop 0x20").unusable(&["0x20", "is empty"]);
    assert!(!workspace.at("b.yuyv").exists());
}

/// Reframing needs a GPU; an identity does not.
fn no_adapter() {
    let workspace = workspace();
    let line = |flags: &str| format!("--effect none --input a.yuyv --size {SIZE} --output b.yuyv {flags}");
    workspace.gpucam(&line("--mirror")).without_adapter().run().refused(&["Vulkan", "mesa-vulkan-drivers"]);
    assert!(!workspace.at("b.yuyv").exists());
    workspace.gpucam(&line("--zoom 1 --rotate 0")).without_adapter().run().silent();
}
