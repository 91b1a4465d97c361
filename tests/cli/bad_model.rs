//! Models that are damaged, unknown, missing or not to be had.

use std::{fs, net::TcpListener};

use gpucam::{Size, model::catalogue};
use libtest_mimic::Trial;

use super::{Place, noise, sentence};
use crate::{
    model::{builder::File, tflite},
    support::{Files, needs, test},
};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::bad_model::files", files),
        test("cli::bad_model::unknown_operator", unknown_operator),
        needs(&[Files::Models], test("cli::bad_model::cuts", cuts)),
        test("cli::bad_model::names", names),
        test("cli::bad_model::checksum", checksum),
        test("cli::bad_model::offline", offline),
        test("cli::bad_model::no_network", no_network),
    ]
}

/// Blurs a small frame with a model, on a machine without an adapter: a sound model gets as far as that.
fn with(place: &Place, model: &str) -> super::Said {
    place.put("a.yuyv", &noise(2 * 16 * 8, 1));
    let line = format!("--input a.yuyv --size 16x8 --output out.png --model {model}");
    place.gpucam(&line).without_adapter().run()
}

fn files() {
    let place = Place::new();
    let card = gpucam::video::testcard::TestCard::new("still".parse().unwrap(), 0, Size::new(64, 36));
    let rgb = card.yuyv(0).to_rgb8(Default::default());
    gpucam::video::picture::write(&place.at("picture.png"), Size::new(64, 36), &rgb).unwrap();
    fs::copy(place.at("picture.png"), place.at("picture.tflite")).unwrap();
    place.put("noise.tflite", &noise(10_000, 5)).put("empty.tflite", b"").put("own.tflite", &tflite::small());
    for name in ["picture.png", "picture.tflite", "noise.tflite", "empty.tflite"] {
        with(&place, name).refused(&[name, "not a TensorFlow Lite model", "gpucam models"]);
    }
    fs::create_dir(place.at("folder")).unwrap();
    with(&place, "folder").refused(&["folder", "not a file", "--model"]);
    with(&place, "/dev/zero").refused(&["/dev/zero", "not a file", "--model"]);
    with(&place, "none.tflite").refused(&["none.tflite", "gpucam models"]);
    let whole = tflite::small();
    for part in 1..8 {
        place.put("cut.tflite", &whole[..whole.len() * part / 8]);
        with(&place, "cut.tflite").refused(&["cut.tflite", "gpucam models"]);
    }
    with(&place, "own.tflite").refused(&["mesa-vulkan-drivers"]);
}

fn unknown_operator() {
    let place = Place::new();
    let file = |code| {
        let mut file = File::default();
        let x = file.value("picture", &[1, 6, 8, 3]);
        let y = file.value("mask", &[1, 6, 8, 3]);
        file.operator(code, &[x], y, None);
        (file.inputs, file.outputs) = (vec![x], vec![y]);
        file.bytes()
    };
    // In the schema 19 is RELU, 108 is COS and 32 a custom operator.
    place.put("cos.tflite", &file((108, "", 1))).put("own.tflite", &file((32, "Sharpen3000", 1)));
    with(&place, "cos.tflite").refused(&["cos.tflite", "COS", "'mask'", "gpucam models"]);
    with(&place, "own.tflite").refused(&["own.tflite", "Sharpen3000", "'mask'"]);
    place.put("new.tflite", &file((19, "", 99)));
    with(&place, "new.tflite").refused(&["new.tflite", "RELU", "version 99"]);
    // A sound network whose output nobody can read: three channels.
    place.put("three.tflite", &file((19, "", 1)));
    with(&place, "three.tflite").refused(&["three.tflite", "--model-output"]);
}

/// The default model, cut; every 64th is cut without a process.
fn cuts() {
    let place = Place::new();
    let whole = fs::read(Files::Models.path(&catalogue::default().file)).unwrap();
    for part in [1, 16, 32, 63] {
        place.put("cut.tflite", &whole[..whole.len() * part / 64]);
        with(&place, "cut.tflite").refused(&["cut.tflite", "gpucam models"]);
    }
    place.put("whole.tflite", &whole);
    with(&place, "whole.tflite").refused(&["mesa-vulkan-drivers"]);
}

fn names() {
    let place = Place::new();
    with(&place, "meet-huge").refused(&["'meet-huge'", "selfie-landscape", "bodypix-050", ".tflite"]);
    place.gpucam("models fetch meet-huge").run().refused(&["'meet-huge'", "selfie-landscape"]);
}

/// A file under a catalogue's name that is another.
fn checksum() {
    let place = Place::new();
    let entry = catalogue::default();
    fs::create_dir(place.at("models")).unwrap();
    place.put(&format!("models/{}", entry.file), &tflite::small());
    place.put("a.yuyv", &noise(2 * 16 * 8, 1));
    for flags in ["", "--offline", "--model selfie-landscape"] {
        let line = format!("--input a.yuyv --size 16x8 --output out.png {flags}");
        let run = place.gpucam(&line).without_adapter().env("GPUCAM_MODELS", place.at("models"));
        run.run().refused(&[&entry.file, "wrong checksum", "gpucam models fetch selfie-landscape"]);
    }
    with(&place, &format!("models/{}", entry.file)).refused(&[&entry.file, "wrong checksum"]);
    let list = place.gpucam("models").env("GPUCAM_MODELS", place.at("models")).run();
    assert!(list.text().contains(&format!("wrong checksum: {}", place.at("models").display())));
    // The same bytes under a name of their own are somebody's own model.
    fs::rename(place.at(&format!("models/{}", entry.file)), place.at("models/own.tflite")).unwrap();
    with(&place, "models/own.tflite").refused(&["mesa-vulkan-drivers"]);
}

fn offline() {
    let place = Place::new();
    place.put("a.yuyv", &noise(2 * 16 * 8, 1));
    for command in ["", "mask"] {
        let line = format!("{command} --offline --input a.yuyv --size 16x8 --output out.png");
        let words = ["selfie-landscape", "--offline", "gpucam models fetch selfie-landscape"];
        place.gpucam(&line).run().refused(&words);
    }
    assert!(!place.at("data").exists(), "nothing was made");
}

/// A proxy where nobody listens, and no Python: the second source is asked for and is not there either.
fn no_network() {
    let place = Place::new();
    place.put("a.yuyv", &noise(2 * 16 * 8, 1));
    fs::create_dir(place.at("bin")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = |line: &str| {
        let proxy = format!("http://127.0.0.1:{port}");
        place.gpucam(line).env("https_proxy", proxy).env("PATH", place.at("bin")).run()
    };
    let said = run("--input a.yuyv --size 16x8 --output out.png");
    assert_eq!((said.code, said.out.len()), (Some(1), 0), "{said}");
    let lines: Vec<_> = said.err.lines().collect();
    let [start, second, end] = lines[..] else { panic!("not three lines: {said}") };
    sentence(start, &["fetching the model selfie-landscape", "data/gpucam/models"]);
    sentence(second, &["could not be reached", "Python package"]);
    sentence(end, &["cannot fetch selfie-landscape", "could not be reached", "python3-pip"]);

    let said = run("models fetch meet-lite");
    assert_eq!(said.code, Some(1), "{said}");
    let end = said.err.lines().last().unwrap_or_default();
    sentence(end, &["cannot fetch meet-lite", "could not be reached", "https_proxy"]);
    let left: Vec<_> = fs::read_dir(place.at("data/gpucam/models")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
