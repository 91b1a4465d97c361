//! Models that are damaged, unknown, missing or cannot be fetched.

use std::{fs, net::TcpListener};

use gpucam::internals::{Size, model::catalogue};
use libtest_mimic::Trial;

use super::{Workspace, noise, sentence};
use crate::{
    model::{builder::File, tflite},
    support::{Files, files::model_file, gpu_test, needs, test},
};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::bad_model::files", files),
        test("cli::bad_model::unknown_operator", unknown_operator),
        needs(&[Files::MODEL], test("cli::bad_model::cuts", cuts)),
        test("cli::bad_model::names", names),
        test("cli::bad_model::checksum", checksum),
        test("cli::bad_model::offline", offline),
        needs(&[Files::MODEL], gpu_test("cli::bad_model::without_the_second", without_the_second)),
        test("cli::bad_model::no_network", no_network),
    ]
}

/// Blurs a small frame with a model on a machine without an adapter, which is the error for a valid model.
fn with(workspace: &Workspace, model: &str) -> super::Outcome {
    workspace.put("a.yuyv", &noise(2 * 16 * 8, 1));
    let line = format!("--input a.yuyv --size 16x8 --output out.png --model {model}");
    workspace.gpucam(&line).without_adapter().run()
}

fn files() {
    let workspace = Workspace::new();
    let card =
        gpucam::internals::video::testcard::TestCard::new("still".parse().unwrap(), 0, Size::new(64, 36));
    let rgb = card.yuyv(0).to_rgb8(Default::default());
    gpucam::internals::video::picture::write(&workspace.at("picture.png"), Size::new(64, 36), &rgb).unwrap();
    fs::copy(workspace.at("picture.png"), workspace.at("picture.tflite")).unwrap();
    workspace
        .put("noise.tflite", &noise(10_000, 5))
        .put("empty.tflite", b"")
        .put("own.tflite", &tflite::small());
    for name in ["picture.png", "picture.tflite", "noise.tflite", "empty.tflite"] {
        with(&workspace, name).refused(&[name, "not a TensorFlow Lite model", "gpucam models"]);
    }
    fs::create_dir(workspace.at("folder")).unwrap();
    with(&workspace, "folder").refused(&["folder", "not a file", "--model"]);
    with(&workspace, "/dev/zero").refused(&["/dev/zero", "not a file", "--model"]);
    with(&workspace, "none.tflite").refused(&["none.tflite", "gpucam models"]);
    let whole = tflite::small();
    for part in 1..8 {
        workspace.put("cut.tflite", &whole[..whole.len() * part / 8]);
        with(&workspace, "cut.tflite").refused(&["cut.tflite", "gpucam models"]);
    }
    with(&workspace, "own.tflite").refused(&["mesa-vulkan-drivers"]);
}

fn unknown_operator() {
    let workspace = Workspace::new();
    let file = |code| {
        let mut file = File::default();
        let x = file.value("picture", &[1, 6, 8, 3]);
        let y = file.value("mask", &[1, 6, 8, 3]);
        file.operator(code, &[x], y, None);
        (file.inputs, file.outputs) = (vec![x], vec![y]);
        file.bytes()
    };
    // In the schema, 19 is RELU, 108 is COS and 32 is a custom operator.
    workspace.put("cos.tflite", &file((108, "", 1))).put("own.tflite", &file((32, "Sharpen3000", 1)));
    with(&workspace, "cos.tflite").refused(&["cos.tflite", "COS", "'mask'", "gpucam models"]);
    with(&workspace, "own.tflite").refused(&["own.tflite", "Sharpen3000", "'mask'"]);
    workspace.put("new.tflite", &file((19, "", 99)));
    with(&workspace, "new.tflite").refused(&["new.tflite", "RELU", "version 99"]);
    // A valid network whose output is unknown: it has three channels.
    workspace.put("three.tflite", &file((19, "", 1)));
    with(&workspace, "three.tflite").refused(&["three.tflite", "--model-output"]);
}

/// The default model, truncated. Another test truncates it at every 64th without a process.
fn cuts() {
    let workspace = Workspace::new();
    let whole = fs::read(model_file(&catalogue::default().name)).unwrap();
    for part in [1, 16, 32, 63] {
        workspace.put("cut.tflite", &whole[..whole.len() * part / 64]);
        with(&workspace, "cut.tflite").refused(&["cut.tflite", "gpucam models"]);
    }
    workspace.put("whole.tflite", &whole);
    with(&workspace, "whole.tflite").refused(&["mesa-vulkan-drivers"]);
}

fn names() {
    let workspace = Workspace::new();
    with(&workspace, "meet-huge").unusable(&["'meet-huge'", "selfie-landscape", "bodypix-050", ".tflite"]);
    workspace.gpucam("models fetch meet-huge").run().unusable(&["'meet-huge'", "selfie-landscape"]);
}

/// A file with a catalogue model's name and other contents.
fn checksum() {
    let workspace = Workspace::new();
    let entry = catalogue::default();
    fs::create_dir(workspace.at("models")).unwrap();
    workspace.put(&format!("models/{}", entry.file), &tflite::small());
    workspace.put("a.yuyv", &noise(2 * 16 * 8, 1));
    for flags in ["", "--offline", "--model selfie-landscape"] {
        let line = format!("--input a.yuyv --size 16x8 --output out.png {flags}");
        let run = workspace.gpucam(&line).without_adapter().env("GPUCAM_MODELS", workspace.at("models"));
        run.run().refused(&[&entry.file, "wrong checksum", "gpucam models fetch selfie-landscape"]);
    }
    with(&workspace, &format!("models/{}", entry.file)).refused(&[&entry.file, "wrong checksum"]);
    let list = workspace.gpucam("models").env("GPUCAM_MODELS", workspace.at("models")).run();
    assert!(list.text().contains(&format!("wrong checksum: {}", workspace.at("models").display())));
    // The same contents under another name are a user's own model.
    fs::rename(workspace.at(&format!("models/{}", entry.file)), workspace.at("models/own.tflite")).unwrap();
    with(&workspace, "models/own.tflite").refused(&["mesa-vulkan-drivers"]);
}

fn offline() {
    let workspace = Workspace::new();
    workspace.put("a.yuyv", &noise(2 * 16 * 8, 1));
    for command in ["", "mask"] {
        let line = format!("{command} --offline --input a.yuyv --size 16x8 --output out.png");
        let words = ["selfie-landscape", "--offline", "gpucam models fetch selfie-landscape"];
        workspace.gpucam(&line).run().refused(&words);
    }
    assert!(!workspace.at("data").exists(), "nothing was made");
}

/// Without the second model, the first one looks once, which is said once.
fn without_the_second() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.at("models")).unwrap();
    fs::copy(model_file("selfie-landscape"), workspace.at("models").join(&catalogue::default().file))
        .unwrap();
    let run = |look: &str| {
        let line =
            format!("--look {look} --offline --input testcard --size 320x180 --frames 2 --output {look}.y4m");
        workspace.gpucam(&line).env("GPUCAM_MODELS", workspace.at("models")).run()
    };
    let outcome = run("twice");
    let said = outcome.fine();
    assert!(said.contains("selfie-general") && said.contains("gpucam models fetch selfie-general"), "{said}");
    assert_eq!(said.matches("looks once").count(), 1, "{said}");
    run("once").silent();
    assert!(fs::read(workspace.at("once.y4m")).unwrap() == fs::read(workspace.at("twice.y4m")).unwrap());
}

/// A proxy that does not exist, and no Python: both sources of the model fail.
fn no_network() {
    let workspace = Workspace::new();
    workspace.put("a.yuyv", &noise(2 * 16 * 8, 1));
    fs::create_dir(workspace.at("bin")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = |line: &str| {
        let proxy = format!("http://127.0.0.1:{port}");
        workspace.gpucam(line).env("https_proxy", proxy).env("PATH", workspace.at("bin")).run()
    };
    let outcome = run("--input a.yuyv --size 16x8 --output out.png");
    assert_eq!((outcome.code, outcome.out.len()), (Some(1), 0), "{outcome}");
    let lines: Vec<_> = outcome.err.lines().collect();
    let [start, second, end] = lines[..] else { panic!("not three lines: {outcome}") };
    sentence(start, &["fetching the model selfie-landscape", "data/gpucam/models"]);
    sentence(second, &["could not be reached", "Python package"]);
    sentence(end, &["cannot fetch selfie-landscape", "could not be reached", "python3-pip"]);

    let outcome = run("models fetch meet-lite");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    let end = outcome.err.lines().last().unwrap_or_default();
    sentence(end, &["cannot fetch meet-lite", "could not be reached", "https_proxy"]);
    let left: Vec<_> = fs::read_dir(workspace.at("data/gpucam/models")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
