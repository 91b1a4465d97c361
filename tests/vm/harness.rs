//! Tests the guest itself: its inputs and outputs, and how it fails.

use std::process::Command;

use libtest_mimic::Trial;

use crate::{
    frames::{Seen, Size, mark, seen},
    guest::{DIED, Guest, gpucam, guest_test, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        guest_test("harness::exit_code_and_files", exit_code_and_files),
        guest_test("harness::host_files_stay", host_files_stay),
        guest_test("harness::time_limit", time_limit),
        guest_test("harness::set_up_fails", set_up_fails),
        guest_test("harness::guest_dies", guest_dies),
        guest_test("harness::the_classifier", the_classifier),
        model_test("harness::computes_as_the_host_does", computes_as_the_host_does),
    ]
}

fn exit_code_and_files() {
    let ended = Guest::new()
        .file("in", b"from the host")
        .variable("WORD", "two words")
        .run("cat in; echo \"$WORD\" >&2; uname -r >out; exit 7");
    assert_eq!(ended.code(), 7, "{ended:?}");
    assert_eq!(ended.stdout(), "from the host");
    assert_eq!(ended.stderr(), "two words\n");
    let host = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_ne!(ended.text("out"), host, "that was no guest");
}

fn host_files_stay() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("file");
    std::fs::write(&file, "before").unwrap();
    let script = format!("echo after >{0}; cat {0}", file.display());
    assert_eq!(Guest::new().run(&script).success().stdout(), "after\n");
    assert_eq!(std::fs::read(&file).unwrap(), b"before");
}

fn time_limit() {
    assert_eq!(Guest::new().limit(4).run("sleep 60").code(), 124);
}

fn set_up_fails() {
    let ended = Guest::new().vivid("n_devs=none").run("true");
    assert_eq!(ended.code(), 126, "{ended:?}");
    assert!(ended.stderr().contains("vivid.ko does not load"), "{ended:?}");
}

fn guest_dies() {
    // Too little memory for any kernel.
    let ended = Guest::new().memory(6).limit(120).run_once("true");
    assert_eq!(ended.code(), DIED, "{ended:?}");
}

/// Blur in the guest is bit-identical to the host's: software adapter, threads and floating point are the
/// same. The host may have a GPU, so the adapter is named.
fn computes_as_the_host_does() {
    let words = "--adapter llvmpipe --input testcard --size 640x360 --frames 3 --offline --output";
    let ended = Guest::new()
        .run(&format!(
            "\"$GPUCAM\" --effect blur {words} blur.yuyv; \"$GPUCAM\" --effect none {words} none.yuyv"
        ))
        .success();
    let host = tempfile::tempdir().unwrap();
    let file = host.path().join("blur.yuyv");
    let output = Command::new(gpucam()).args(words.split(' ')).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let want = std::fs::read(file).unwrap();
    assert_eq!(want.len(), 3 * Size::SMALL.yuyv_bytes());
    assert!(ended.bytes("blur.yuyv") == want, "other bytes than on the host");
    assert!(ended.bytes("none.yuyv") != want, "the effect makes no difference");
}

/// The classifier on a frame of the background, one that shows a small part of it, a blurred one, and slates.
fn the_classifier() {
    let size = Size::SMALL;
    let frame = |luma: &dyn Fn(usize, usize) -> u8| -> Vec<u8> {
        let pixels = (0..size.width * size.height).map(|i| (i % size.width, i / size.width));
        pixels.flat_map(|(x, y)| [luma(x, y), 128]).collect()
    };
    let patch = |x: usize, y: usize| (200..232).contains(&x) && (100..132).contains(&y);
    let letters = |x: usize, y: usize| if (x / 3 + 2 * y / 7).is_multiple_of(5) { 235 } else { 30 };
    assert_eq!(seen(&frame(&mark), size), Seen::Raw);
    assert_eq!(seen(&frame(&|x, y| if patch(x, y) { mark(x, y) } else { 16 }), size), Seen::Raw);
    assert_eq!(seen(&frame(&|x, y| mark(x + 1, y)), size), Seen::Raw, "moved by a pixel");
    assert_eq!(seen(&frame(&|_, _| 125), size), Seen::Hidden);
    assert_eq!(seen(&frame(&|_, _| 16), size), Seen::Slate);
    assert_eq!(seen(&frame(&letters), size), Seen::Slate);
}
