//! Files in and out without an effect: no GPU, no model, bytes unchanged.

use std::{
    fs::{self, OpenOptions, Permissions},
    os::unix::fs::PermissionsExt,
};

use gpucam::internals::{Colorimetry, Size, Yuyv, video::testcard::TestCard};
use image::RgbImage;
use libtest_mimic::Trial;

use super::{Workspace, noise};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::files::untouched", untouched),
        test("cli::files::frames", frames),
        test("cli::files::frame", frame),
        test("cli::files::fps", fps),
        test("cli::files::size", size),
        test("cli::files::odd_picture", odd_picture),
        test("cli::files::card_alpha", card_alpha),
        test("cli::files::input_is_never_replaced", input_is_never_replaced),
        test("cli::files::rights_of_an_older_picture", rights_of_an_older_picture),
    ]
}

const SIZE: Size = Size::new(64, 36);
const BYTES: usize = SIZE.yuyv_bytes();

/// Runs without an adapter and fails unless the program is silent.
fn none(workspace: &Workspace, line: &str) {
    workspace.gpucam(&format!("--effect none --offline {line}")).without_adapter().run().silent();
}

fn untouched() {
    for size in [Size::new(1280, 720), Size::new(646, 362)] {
        let workspace = Workspace::new();
        let bytes = noise(2 * size.yuyv_bytes(), 1);
        workspace.put("a.yuyv", &bytes);
        none(&workspace, &format!("--input a.yuyv --size {size} --output b.yuyv"));
        assert!(workspace.get("b.yuyv") == bytes, "{size}: changed");
        // .y4m in 4:2:2 has the same samples as YUYV in another order.
        none(&workspace, &format!("--input a.yuyv --size {size} --output b.y4m"));
        none(&workspace, "--input b.y4m --output c.yuyv");
        assert!(workspace.get("c.yuyv") == bytes, "{size}: changed by .y4m");
        // Control: the same call with an effect needs a model, which is missing.
        let blur = format!("--offline --input a.yuyv --size {size} --output b.yuyv");
        workspace.gpucam(&blur).without_adapter().run().refused(&["selfie-landscape"]);
        assert!(workspace.get("b.yuyv") == bytes, "a refused call leaves what was there");
    }
}

fn frames() {
    let workspace = Workspace::new();
    let bytes = noise(3 * BYTES, 1);
    workspace.put("a.yuyv", &bytes);
    for (frames, given) in [(1, 1), (2, 2), (3, 3), (9, 3)] {
        none(&workspace, &format!("--input a.yuyv --size {SIZE} --frames {frames} --output b.yuyv"));
        assert_eq!(workspace.get("b.yuyv"), bytes[..given * BYTES]);
    }
    // The test card is as long as requested; a picture is repeated.
    none(&workspace, &format!("--input testcard:fast --size {SIZE} --frames 3 --output card.yuyv"));
    let card = TestCard::new("fast".parse().unwrap(), 0, SIZE);
    let wanted: Vec<u8> = (0..3).flat_map(|t| card.yuyv(t).bytes).collect();
    assert!(workspace.get("card.yuyv") == wanted);
    none(&workspace, &format!("--input testcard --size {SIZE} --output card.png"));
    none(&workspace, "--input card.png --frames 4 --output card.y4m --fps 10");
    let y4m = workspace.get("card.y4m");
    assert_eq!(y4m.windows(6).filter(|w| w == b"FRAME\n").count(), 4);
    assert!(y4m.starts_with(b"YUV4MPEG2 W64 H36 F10:1 "), "{:?}", String::from_utf8_lossy(&y4m[..40]));
}

fn frame() {
    let workspace = Workspace::new();
    let bytes = noise(3 * BYTES, 1);
    workspace.put("a.yuyv", &bytes);
    for number in 1..=3 {
        none(&workspace, &format!("--input a.yuyv --size {SIZE} --frame {number} --output b.png"));
        let rgb = |at: usize| {
            Yuyv { size: SIZE, bytes: bytes[at * BYTES..][..BYTES].to_vec() }.to_rgb8(Colorimetry::default())
        };
        let picture = image::open(workspace.at("b.png")).unwrap().into_rgb8().into_raw();
        assert_eq!(picture, rgb(number - 1));
        assert_ne!(picture, rgb(number % 3), "control: another frame");
    }
}

/// Frames of half and of twice the rate: left out, and repeated.
fn fps() {
    let workspace = Workspace::new();
    let bytes = noise(4 * BYTES, 1);
    let frame = |i: usize| &bytes[i * BYTES..][..BYTES];
    workspace.put("a.yuyv", &bytes);
    none(&workspace, &format!("--input a.yuyv --size {SIZE} --fps 30 --output a.y4m"));
    none(&workspace, "--input a.y4m --fps 15 --output half.yuyv");
    assert_eq!(workspace.get("half.yuyv"), [frame(0), frame(2)].concat());
    none(&workspace, "--input a.y4m --fps 60 --frames 4 --output twice.yuyv");
    assert_eq!(workspace.get("twice.yuyv"), [frame(0), frame(0), frame(1), frame(1)].concat());
    none(&workspace, "--input a.y4m --fps 30000/1001 --frames 1 --output ntsc.y4m");
    let header = workspace.get("ntsc.y4m");
    assert!(header.starts_with(b"YUV4MPEG2 W64 H36 F30000:1001 "));
}

/// Inputs other than raw YUYV are scaled to cover the size and cropped to the centre.
fn size() {
    let workspace = Workspace::new();
    // A red square between two black bars, which a square crop removes.
    let picture =
        RgbImage::from_fn(96, 32, |x, _| image::Rgb([if (32..64).contains(&x) { 200 } else { 0 }, 0, 0]));
    picture.save(workspace.at("bars.png")).unwrap();
    none(&workspace, "--input bars.png --size 16x16 --output square.png");
    let square = image::open(workspace.at("square.png")).unwrap().into_rgb8();
    assert_eq!(square.dimensions(), (16, 16));
    // Pixels next to the bars may be darker, and YUYV coding has an error of up to 2 codes.
    let red = |x: u32, y: u32| square.get_pixel(x, y)[0].abs_diff(200) <= 4;
    assert!((2..14).all(|x| (0..16).all(|y| red(x, y))));
    none(&workspace, "--input bars.png --output whole.png");
    let whole = image::open(workspace.at("whole.png")).unwrap().into_rgb8();
    assert_eq!((whole.dimensions(), whole.get_pixel(2, 2)[0] < 5), ((96, 32), true), "control: not cropped");
}

/// A picture keeps the rights of the one that it replaces, and does not replace one that may not be written.
fn rights_of_an_older_picture() {
    let workspace = Workspace::new();
    workspace.put("a.yuyv", &noise(BYTES, 1)).put("b.png", b"an older picture");
    let line = format!("--effect none --input a.yuyv --size {SIZE} --output b.png");
    let set = |mode| fs::set_permissions(workspace.at("b.png"), Permissions::from_mode(mode)).unwrap();
    set(0o444);
    // Root may write everything.
    if OpenOptions::new().write(true).open(workspace.at("b.png")).is_err() {
        workspace.gpucam(&line).without_adapter().run().refused(&["b.png", "not permitted"]);
        assert_eq!(workspace.get("b.png"), b"an older picture");
    }
    set(0o640);
    none(&workspace, &format!("--input a.yuyv --size {SIZE} --output b.png"));
    assert_ne!(workspace.get("b.png"), b"an older picture");
    assert_eq!(fs::metadata(workspace.at("b.png")).unwrap().permissions().mode() & 0o777, 0o640);
}

fn odd_picture() {
    let workspace = Workspace::new();
    let picture = RgbImage::from_fn(7, 5, |x, _| image::Rgb([30 * x as u8; 3]));
    picture.save(workspace.at("odd.png")).unwrap();
    none(&workspace, "--input odd.png --output even.png");
    let even = image::open(workspace.at("even.png")).unwrap().into_rgb8();
    assert_eq!(even.dimensions(), (6, 5));
    // The last column is removed. Coding grey as limited YUYV has an error of up to 1 code.
    assert!((0..6).all(|x| even.get_pixel(x, 2)[0].abs_diff(30 * x as u8) <= 1));
    let outcome = workspace.gpucam("-v --effect none --input odd.png --output even.png").run();
    let line = outcome.fine();
    assert!(line.contains("odd.png") && line.contains("7x5") && line.contains("last column"), "{outcome}");
}

fn card_alpha() {
    let workspace = Workspace::new();
    let line = format!("--input testcard:fast,2 --size {SIZE} --frame 3 --output card.png --output-alpha");
    none(&workspace, &format!("{line} alpha.png"));
    none(&workspace, &format!("{line} alpha.npy"));
    let card = TestCard::new("fast".parse().unwrap(), 2, SIZE);
    assert_eq!(gpucam::internals::video::npy::read(&workspace.at("alpha.npy")).unwrap().data, card.alpha(2));
    let grey = image::open(workspace.at("alpha.png")).unwrap();
    assert_eq!(grey.color(), image::ColorType::L16);
    let grey = grey.into_luma16();
    assert_eq!(grey.dimensions(), (64, 36));
    // Half a 16-bit code, and the rounding of float32.
    let gap = |alpha: Vec<f32>| {
        let pairs = grey.as_raw().iter().zip(&alpha);
        pairs.map(|(g, a)| (f64::from(*g) / 65535.0 - f64::from(*a)).abs()).fold(0.0, f64::max)
    };
    assert!(gap(card.alpha(2)) < 0.51 / 65535.0);
    assert!(gap(card.alpha(1)) > 0.1, "control: the frame before");
}

/// No output replaces a file that is read, under whatever name: the input, a link to it, or an effect's picture.
fn input_is_never_replaced() {
    let workspace = Workspace::new();
    RgbImage::from_fn(64, 36, |x, y| image::Rgb([x as u8, y as u8, 7])).save(workspace.at("me.png")).unwrap();
    let before = workspace.get("me.png");
    workspace.put("a.yuyv", &noise(BYTES, 1));
    let clip = workspace.get("a.yuyv");
    std::os::unix::fs::symlink("me.png", workspace.at("soft.png")).unwrap();
    std::fs::hard_link(workspace.at("me.png"), workspace.at("hard.png")).unwrap();
    let refused = |line: &str, name: &str| {
        let line = format!("{line} --offline");
        workspace.gpucam(&line).without_adapter().run().unusable(&[
            name,
            "is the input and the output",
            "--output",
        ]);
    };
    for output in ["me.png", "./me.png", "soft.png", "hard.png"] {
        refused(&format!("--effect none --input me.png --output {output}"), output);
        refused(&format!("mask --input me.png --output {output}"), output);
        refused(&format!("--effect image:me.png --input testcard --size {SIZE} --output {output}"), output);
    }
    refused(&format!("--effect none --input a.yuyv --size {SIZE} --output a.yuyv"), "a.yuyv");
    refused(
        &format!(
            "--effect image:me.png --input testcard --size {SIZE} --output b.png --output-alpha soft.png"
        ),
        "soft.png",
    );
    assert!(workspace.get("me.png") == before && workspace.get("a.yuyv") == clip, "an input was replaced");
    // The control: another file of the same kind is replaced.
    workspace.put("other.png", b"old");
    none(&workspace, "--input me.png --output other.png");
    assert!(workspace.get("other.png") != b"old");
}
