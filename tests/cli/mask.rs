//! `gpucam mask`: compared with another interpreter's output, and with itself where two calls must agree.

use gpucam::internals::{
    Size,
    measure::metrics,
    video::{npy, testcard::TestCard},
};
use image::RgbImage;
use libtest_mimic::Trial;

use super::{Workspace, noise};
use crate::{
    model::vectors,
    support::{Files, gpu::gap, gpu_test, needs, test},
};

pub(super) fn trials() -> Vec<Trial> {
    let agreement = |name: &'static str, model: &'static str| {
        needs(&[Files::Model(model), Files::Vectors], gpu_test(name, move || agrees(model)))
    };
    let with = |model, name, run: fn()| needs(&[Files::Model(model)], gpu_test(name, run));
    let models = |name, run: fn()| needs(&[Files::MODEL], gpu_test(name, run));
    vec![
        agreement("cli::mask::selfie_landscape", "selfie-landscape"),
        agreement("cli::mask::meet_lite", "meet-lite"),
        with("meet-full", "cli::mask::frame_of_the_nets_size", frame_of_the_nets_size),
        with("bodypix-050", "cli::mask::picture_of_the_nets_size", picture_of_the_nets_size),
        models("cli::mask::at_frame", at_frame),
        test("cli::mask::bad_numbers", bad_numbers),
        models("cli::mask::shapes", shapes),
        models("cli::mask::view", view),
    ]
}

/// Three and five times the difference to LiteRT, which is up to 6e-5 for probabilities and 1.8e-4 for
/// logits.
const PROBABILITY: f64 = 2e-4;
const LOGITS: f64 = 1e-3;

fn floats(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// For a model input from an .npy file, the output equals another interpreter's.
fn agrees(model: &str) {
    let workspace = Workspace::new();
    let input = Files::Vectors.path(&format!("{model}.input.npy"));
    let input = std::fs::canonicalize(input).unwrap();
    std::fs::copy(input, workspace.at("input.npy")).unwrap();
    let mask = |flags: &str, output: &str| {
        let line = format!("mask --model {model} --input input.npy {flags} --output {output}");
        workspace.gpucam(&line).models().run().silent();
        npy::read(&workspace.at(output)).unwrap()
    };
    for (flags, output, tolerance) in [("--at net", "person", PROBABILITY), ("--logits", "output", LOGITS)] {
        let got = mask(flags, &format!("{output}.npy"));
        let want = floats(&vectors::npy(&format!("{model}.{output}.npy")));
        let error = gap(&floats(&got.data), &want);
        let upside_down: Vec<f64> = want.iter().rev().copied().collect();
        let control = gap(&floats(&got.data), &upside_down);
        note!("{model}.{output}: {error:.1e}, control {control:.1e}");
        assert!(error <= tolerance && control > tolerance, "{output}: {error:e}, control {control:e}");
        let axes = if output == "output" { 3 } else { 2 };
        assert_eq!(got.shape.len(), axes, "{output}: {:?}", got.shape);
    }
}

/// Raw YUYV of 256x144, from a file and from a pipe.
fn frame_of_the_nets_size() {
    let workspace = Workspace::new();
    let card = TestCard::new("still".parse().unwrap(), 2, Size::new(256, 144));
    let clip = [card.yuyv(0).bytes, card.yuyv(1).bytes].concat();
    workspace.put("x.yuyv", &clip);
    let line = "--size 256x144 --model meet-full --at net --output p.npy";
    workspace.gpucam(&format!("mask --input x.yuyv {line}")).models().run().silent();
    let bytes = workspace.get("p.npy");
    // numpy.lib.format: a text header, then the values.
    let header = String::from_utf8_lossy(&bytes[10..128]);
    assert!(header.contains("'descr': '<f4'") && header.contains("'shape': (144, 256)"), "{header}");
    let person = npy::read(&workspace.at("p.npy")).unwrap().data;
    assert!(person.iter().all(|p| (0.0..=1.0).contains(p)));
    let iou = metrics::iou(&person, &card.alpha(0));
    let mirrored: Vec<f32> = person.iter().rev().copied().collect();
    let control = metrics::iou(&mirrored, &card.alpha(0));
    note!("IoU {iou:.3}, control {control:.3}");
    // The model segments a drawn person like a real one; upside down it does not match.
    assert!(iou > 0.9 && control < 0.8);

    workspace.gpucam(&format!("mask --input - --frame 2 {line}")).models().stdin(&clip).run().silent();
    let second = npy::read(&workspace.at("p.npy")).unwrap().data;
    assert!(second != person, "frame 2 is another");
    assert!(metrics::iou(&second, &person) > 0.95);
}

/// A picture of the model's own odd size is its input without resampling.
fn picture_of_the_nets_size() {
    let workspace = Workspace::new();
    let rgb = noise(3 * 257 * 257, 1);
    RgbImage::from_raw(257, 257, rgb.clone()).unwrap().save(workspace.at("x.png")).unwrap();
    // bodypix-050 takes R'G'B' as 0..1.
    let input: Vec<f32> = rgb.iter().map(|&v| f32::from(v) / 255.0).collect();
    npy::write(&workspace.at("x.npy"), &[257, 257, 3], &input).unwrap();
    let mask = |input: &str| {
        let line = format!("mask --model bodypix-050 --input {input} --logits --output p.npy");
        workspace.gpucam(&line).models().run().silent();
        floats(&npy::read(&workspace.at("p.npy")).unwrap().data)
    };
    let (picture, array) = (mask("x.png"), mask("x.npy"));
    let control = gap(&mask("x.png --size 256x256"), &array);
    note!("{:e}, control {control:e}", gap(&picture, &array));
    // Same input, same kernels: no rounding difference.
    assert_eq!(picture, array);
    assert!(control > LOGITS, "control: a resampled picture gives {control:e}");
}

/// Alpha at the frame's size as 16-bit grey.
fn at_frame() {
    let workspace = Workspace::new();
    let size = Size::new(320, 180);
    workspace.gpucam("mask --input testcard --size 320x180 --output m.png").models().run().silent();
    let mask = image::open(workspace.at("m.png")).unwrap();
    assert_eq!(mask.color(), image::ColorType::L16);
    let mask = mask.into_luma16();
    assert_eq!(mask.dimensions(), (320, 180));
    let got: Vec<f32> = mask.as_raw().iter().map(|&a| f32::from(a) / 65535.0).collect();
    assert!(got.iter().any(|a| (a * 255.0).fract() > 0.1), "only 8 bits");
    let truth = TestCard::new("still".parse().unwrap(), 0, size).alpha(0);
    let (iou, control) = (metrics::iou(&got, &truth), {
        let other: Vec<f32> = got.iter().rev().copied().collect();
        metrics::iou(&other, &truth)
    });
    note!("IoU {iou:.3}, control {control:.3}");
    assert!(iou > 0.9 && control < 0.8);
}

/// A number out of range is refused, and the message states the range.
fn bad_numbers() {
    let workspace = Workspace::new();
    let typed = |line: &str| workspace.gpucam(&format!("--input testcard --output x.png {line}")).run();
    for pair in ["0.5", "0.7..0.3", "-1..1", "0..2", "x..y", "0.5..0.5", "0..NaN"] {
        typed(&format!("--threshold={pair}")).misused(&["--threshold", "0 <= LOW < HIGH <= 1", "0.5..0.75"]);
    }
    for (flag, most) in [("--grow", 20), ("--shrink", 20), ("--feather", 10), ("--islands", 10)] {
        for number in ["-1", "x", "NaN", "20.5"] {
            typed(&format!("{flag}={number}")).misused(&[flag, &format!("0..{most}")]);
        }
    }
    typed("--grow 1 --shrink 1").misused(&["--grow", "--shrink"]);
    typed("--mask-view room").misused(&["--mask-view", "overlay", "side"]);
    typed("--mask-view side --effect none").misused(&["--mask-view", "--effect"]);
}

/// The flags change the mask.
fn shapes() {
    let workspace = Workspace::new();
    let area = |line: &str| {
        let line = format!("mask --input testcard --size 320x180 {line} --output m.png");
        workspace.gpucam(&line).models().run().silent();
        let mask = image::open(workspace.at("m.png")).unwrap().into_luma16();
        mask.as_raw().iter().map(|&a| f64::from(a) / 65535.0).sum::<f64>()
    };
    let plain = area("");
    let [grown, shrunk] = ["--grow 12", "--shrink 12"].map(area);
    // 12 pixels of a 720p frame are 3 of 180 rows, along an outline of about 260.
    let around = 3.0 * 260.0;
    assert!(((grown - plain) / around - 1.0).abs() < 0.2, "{plain} {grown}");
    assert!(((plain - shrunk) / around - 1.0).abs() < 0.2, "{plain} {shrunk}");
    assert!(area("--threshold 0.9..1") < plain && plain < area("--threshold 0..0.1"));
    // A blur keeps the area, except where the person touches the frame's edge.
    assert!((area("--feather 6") / plain - 1.0).abs() < 0.01);
    // The presenter is a quarter of the frame, so it stays.
    assert_eq!(area("--islands 10"), plain);
}

/// `--mask-view mask` shows the mask of `gpucam mask`; `overlay` tints the background.
fn view() {
    let workspace = Workspace::new();
    let line = "--input testcard:still,2 --size 320x180 --output";
    workspace.gpucam(&format!("{line} v.png --mask-view mask")).models().run().silent();
    workspace.gpucam(&format!("mask {line} m.png")).models().run().silent();
    let view = image::open(workspace.at("v.png")).unwrap().into_luma8();
    let mask = image::open(workspace.at("m.png")).unwrap().into_luma16();
    let apart = |i: usize| (f64::from(view.as_raw()[i]) - f64::from(mask.as_raw()[i]) / 257.0).abs();
    let most = (0..320 * 180).map(apart).fold(0.0, f64::max);
    // Limited range has 219 codes for 255 values: one value of error either way.
    assert!(most <= 1.2, "{most}");
    workspace.gpucam(&format!("{line} o.png --mask-view overlay")).models().run().silent();
    let corner = image::open(workspace.at("o.png")).unwrap().into_rgb8().get_pixel(5, 5).0;
    assert!(corner[0] > corner[1] + 60, "the room is red: {corner:?}");
}
