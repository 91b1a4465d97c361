//! Standard input, output and error: what is written where, and what happens if one of them is closed.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileTypeExt,
    process::{Command, Stdio},
    thread,
};

use libtest_mimic::Trial;

use super::{Workspace, noise};
use crate::support::{Files, gpu_test, limits::unlimited, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::streams::a_reader_that_leaves", a_reader_that_leaves),
        test("cli::streams::a_full_disk", a_full_disk),
        test("cli::streams::a_log_that_nobody_reads", a_log_that_nobody_reads),
        test("cli::streams::pipes", pipes),
        test("cli::streams::named_pipes", named_pipes),
        unlimited(
            "GPU timestamps",
            needs(&[Files::MODEL], gpu_test("cli::streams::only_frames_on_stdout", only_frames_on_stdout)),
        ),
    ]
}

/// The writing end of a pipe without a reader.
fn closed() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn a_reader_that_leaves() {
    let workspace = Workspace::new();
    // The test card is endless: only the closed pipe ends the run.
    workspace.gpucam("--effect none --input testcard --size 64x36 --output -").run_to(closed()).silent();
    for list in ["effects", "models", "--help", "--version"] {
        workspace.gpucam(list).run_to(closed()).silent();
    }
}

/// Unlike a closed pipe, a full disk is an error. If standard error is full as well, there is still no panic.
fn a_full_disk() {
    let workspace = Workspace::new();
    let full = || File::create("/dev/full").unwrap();
    let card = "--effect none --input testcard --size 64x36 --output -";
    workspace.gpucam(card).run_to(full()).refused(&["cannot write standard output", "the disk is full"]);
    for list in ["effects", "models"] {
        workspace.gpucam(list).run_to(full()).refused(&["cannot write standard output"]);
    }
    for (line, code) in [(card, 1), ("--effect none --input none.png --output a.png", 1), ("mask", 2)] {
        let mut run = workspace.gpucam(line).command;
        let status = run.stdin(Stdio::null()).stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{line}");
    }
}

/// The terminal was closed while gpucam ran.
fn a_log_that_nobody_reads() {
    let workspace = Workspace::new();
    let mut run =
        workspace.gpucam("-v --effect none --input testcard --frames 2 --size 64x36 --output a.y4m").command;
    let status = run.stdin(Stdio::null()).stdout(Stdio::null()).stderr(closed()).status().unwrap();
    assert_eq!(status.code(), Some(0));
}

/// A picture goes into a pipe, which stays one. A video is read twice, which no pipe can be.
fn named_pipes() {
    let workspace = Workspace::new();
    let pipe = workspace.at("pipe.png");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = {
        let pipe = pipe.clone();
        thread::spawn(move || fs::read(pipe).unwrap())
    };
    workspace.gpucam("--effect none --input testcard --size 64x36 --output pipe.png").run().silent();
    assert_eq!(reader.join().unwrap()[..4], *b"\x89PNG");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let pipe = workspace.at("in.mkv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = thread::spawn(|| drop(fs::write(pipe, noise(5000, 2))));
    let video = "--effect none --input in.mkv --output a.y4m";
    workspace.gpucam(video).run().refused(&["in.mkv", "pipe", "--input -"]);
    writer.join().unwrap();
}

/// `--input -` reads what `--output -` wrote, raw or .y4m.
fn pipes() {
    let workspace = Workspace::new();
    let bytes = noise(3 * 2 * 64 * 36, 1);
    let raw = workspace
        .gpucam("--effect none --input - --size 64x36 --output - --output-format yuyv")
        .stdin(&bytes)
        .run();
    assert_eq!(raw.silent().out, bytes);
    let to_y4m = "--effect none --input - --size 64x36 --fps 25 --output a.y4m";
    workspace.gpucam(to_y4m).stdin(&bytes).run().silent();
    let y4m = workspace
        .gpucam("--effect none --input - --output - --output-format yuyv")
        .stdin(&workspace.get("a.y4m"))
        .run();
    assert_eq!(y4m.silent().out, bytes);
    let short = workspace
        .gpucam("--effect none --input - --size 64x36 --output - --output-format yuyv")
        .stdin(&bytes[1..])
        .run();
    assert_eq!((short.code, &short.out[..]), (Some(1), &bytes[1..][..2 * 2 * 64 * 36]));
    super::sentence(&short.err, &["-", "left over after 2 frames"]);
}

/// Log and timings go to standard error at every log level.
fn only_frames_on_stdout() {
    let workspace = Workspace::new();
    let line = "-v --timings --input testcard --size 64x36 --frames 2 --output - --output-format yuyv";
    let outcome = workspace.gpucam(line).models().run();
    let words = outcome.fine();
    assert_eq!(outcome.out.len(), 2 * 2 * 64 * 36, "{outcome}");
    for word in ["INFO", "adapter", "selfie_segmentation_landscape.tflite", "stage", "p95 ms", "composite"] {
        assert!(words.contains(word), "no '{word}' in {words}");
    }
}
