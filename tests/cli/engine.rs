//! The program with the default model on the GPU.

use gpucam::internals::{Size, video::testcard::TestCard};
use libtest_mimic::Trial;

use super::Workspace;
use crate::support::{Files, gpu_test, needs};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        needs(&[Files::MODEL], gpu_test("cli::engine::the_same_bytes_twice", the_same_bytes_twice)),
        needs(&[Files::MODEL], gpu_test("cli::engine::files_are_of_high_quality", files_are_of_high_quality)),
        needs(&[Files::MODEL], gpu_test("cli::engine::transparent", transparent)),
        needs(&[Files::MODEL], gpu_test("cli::engine::a_video_behind_a_file", a_video_behind_a_file)),
    ]
}

const SIZE: Size = Size::new(320, 180);

/// Processing a file is deterministic on one adapter.
fn the_same_bytes_twice() {
    let workspace = Workspace::new();
    let card = TestCard::new("fast".parse().unwrap(), 0, SIZE);
    let clip: Vec<u8> = (0..3).flat_map(|t| card.yuyv(t).bytes).collect();
    workspace.put("clip.yuyv", &clip);
    let blur = |effect: &str, output: &str| {
        let line = format!("--effect {effect} --input clip.yuyv --size {SIZE} --output {output}");
        workspace.gpucam(&line).models().run().silent();
        workspace.get(output)
    };
    let first = blur("blur", "first.yuyv");
    assert_eq!(first.len(), clip.len());
    assert!(first != clip, "nothing was blurred");
    assert!(blur("blur:12", "second.yuyv") == first, "other bytes the second time");
    assert!(blur("blur,strength=13", "control.yuyv") != first, "control: another strength shows");
}

/// An output file does not depend on the machine's speed.
fn files_are_of_high_quality() {
    let workspace = Workspace::new();
    let picture = |quality: &str, size: &str| {
        let line = format!("--input testcard --size {size} {quality} --output a.yuyv --frames 1");
        workspace.gpucam(&line).models().run().silent();
        workspace.get("a.yuyv")
    };
    for (size, differs) in [("960x540", true), ("640x360", false)] {
        let high = picture("--quality high", size);
        assert!(picture("", size) == high && picture("--quality auto", size) == high, "{size}: not high");
        assert_eq!(picture("--quality low", size) != high, differs, "{size}");
    }
    workspace.gpucam("--quality best").run().misused(&["best", "auto", "high", "low"]);
}

/// Both formats carry the mask's alpha, and pixels with alpha 0 have no colour.
fn transparent() {
    let workspace = Workspace::new();
    let card = format!("--input testcard:hair,2 --size {SIZE} --frame 2");
    for name in ["a.png", "a.webp"] {
        workspace.gpucam(&format!("--effect transparent {card} --output {name}")).models().run().silent();
    }
    workspace.gpucam(&format!("mask --at frame {card} --output mask.png")).models().run().silent();
    let picture = image::open(workspace.at("a.png")).unwrap();
    assert_eq!(picture.color(), image::ColorType::Rgba8);
    assert_eq!(image::open(workspace.at("a.webp")).unwrap().into_rgba8(), picture.to_rgba8());
    let mask = image::open(workspace.at("mask.png")).unwrap().into_luma16();
    // The mask is of the second frame alone; the picture's alpha is stabilised since the first.
    let near = |p: &image::Rgba<u8>, m: &image::Luma<u16>| u16::from(p[3]).abs_diff(m[0] / 257) <= 12;
    let rgba = picture.into_rgba8();
    let close = rgba.pixels().zip(mask.pixels()).filter(|(p, m)| near(p, m)).count();
    assert!(close * 100 > 99 * SIZE.area(), "{close} of {}", SIZE.area());
    let clear = rgba.pixels().filter(|p| p[3] == 0).collect::<Vec<_>>();
    assert!(clear.len() * 3 > SIZE.area() && clear.iter().all(|p| p.0 == [0; 4]));
    assert!(rgba.pixels().filter(|p| p[3] == 255).count() * 10 > SIZE.area());
}

/// A background video follows the frames' timestamps, independent of the machine's speed.
fn a_video_behind_a_file() {
    let workspace = Workspace::new();
    let card = TestCard::new("fast".parse().unwrap(), 0, SIZE);
    workspace.put("room.yuyv", &(0..7).flat_map(|t| card.yuyv(t).bytes).collect::<Vec<_>>());
    let y4m =
        |rate: u32| format!("--effect none --input room.yuyv --size {SIZE} --fps {rate} --output room.y4m");
    let shown = |rate: u32, output: &str| {
        workspace.gpucam(&y4m(rate)).run().silent();
        let line =
            format!("--effect video:room.y4m --input testcard --size {SIZE} --frames 12 --output {output}");
        workspace.gpucam(&line).models().run().silent();
        workspace.get(output)
    };
    let first = shown(24, "first.yuyv");
    assert_eq!(first.len(), 12 * SIZE.yuyv_bytes());
    assert!(shown(24, "second.yuyv") == first, "other bytes the second time");
    assert!(shown(12, "third.yuyv") != first, "control: another rate shows");
}
