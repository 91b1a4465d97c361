//! `gpucam doctor`: its exit code, the thing to do first, and that README and every sentence have the same
//! lines for the virtual camera.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use gpucam::internals::{
    DeviceError,
    cli::doctor::{self, Check, Purpose, State, report},
    sandbox::Support,
    video::loopback_module::{
        INSTALL_LOOPBACK, LOAD_LOOPBACK, LOAD_LOOPBACK_AT_BOOT, LOOPBACK_OPTIONS, RELAY, TWO_LOOPBACKS,
    },
};
use libtest_mimic::Trial;

use super::{Outcome, Workspace};
use crate::support::{gpu_test, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        gpu_test("cli::doctor::files_need_ffmpeg", files_need_ffmpeg),
        test("cli::doctor::sandbox", sandbox),
        test("cli::doctor::without_a_gpu", without_a_gpu),
        test("cli::doctor::live", live),
        test("cli::doctor::one_thing_first", one_thing_first),
        test("cli::doctor::readme_has_its_lines", readme_has_its_lines),
        test("cli::doctor::no_other_modprobe_lines", no_other_modprobe_lines),
    ]
}

/// The line of this check.
#[track_caller]
fn line<'a>(text: &'a str, what: &str) -> &'a str {
    let has = |line: &&str| line.split_whitespace().nth(1) == Some(what);
    text.lines().find(has).unwrap_or_else(|| panic!("no line about {what}:\n{text}"))
}

fn text(outcome: &Outcome) -> &str {
    std::str::from_utf8(&outcome.out).unwrap()
}

/// Programs in a folder of their own stand for an installed ffmpeg, so the machine's own does not matter.
/// What the kernel lacks of the sandbox is said, with what to do, and nothing is missing for it.
fn sandbox() {
    let of = |landlock, seccomp| doctor::sandbox(Support { landlock, seccomp });
    assert_eq!((of(7, true).state, of(7, true).steps.len()), (State::Good, 0));
    for (landlock, seccomp, steps) in [(0, true, 1), (3, false, 1), (0, false, 2)] {
        let check = of(landlock, seccomp);
        assert_eq!((check.state, check.steps.len()), (State::Advice, steps), "{check:?}");
        assert_eq!(
            check.found.contains("no Landlock") || check.found.contains("neither"),
            landlock == 0,
            "{check:?}"
        );
    }
}

fn files_need_ffmpeg() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.at("bin")).unwrap();
    let doctor = || workspace.gpucam("doctor --for files").env("PATH", workspace.at("bin")).run();
    let none = doctor();
    assert_eq!(none.code, Some(1), "{none}");
    assert!(line(text(&none), "ffmpeg").starts_with("-> "), "{none}");
    assert_eq!(text(&none).lines().last(), Some("first: sudo apt install ffmpeg"), "{none}");

    let install = |name: &str, script: &str| {
        let path = workspace.at("bin").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    install("ffmpeg", "#!/bin/sh\necho 'ffmpeg version 7.1.9-test Copyright'\n");
    let half = doctor();
    assert!(half.code == Some(1) && line(text(&half), "ffmpeg").contains("ffprobe does not run"), "{half}");
    install("ffprobe", "#!/bin/sh\nexit 0\n");
    let both = doctor();
    both.fine();
    assert!(line(text(&both), "ffmpeg").starts_with("ok ") && text(&both).contains("7.1.9-test"), "{both}");
    assert!(!text(&both).contains("camera"), "files need no camera: {both}");
    install("ffprobe", "#!/bin/sh\nexit 1\n");
    assert_eq!(doctor().code, Some(1), "a program that fails is none");
}

fn without_a_gpu() {
    let outcome = Workspace::new().gpucam("doctor --for files").without_adapter().run();
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(line(text(&outcome), "gpu").starts_with("-> "), "{outcome}");
    let first = text(&outcome).lines().last().unwrap();
    assert!(first.starts_with("first: install your GPU's Vulkan driver"), "{outcome}");
    let json = Workspace::new().gpucam("doctor --for files --json").without_adapter().run();
    let checks: serde_json::Value = serde_json::from_slice(&json.out).unwrap();
    assert_eq!(
        (json.code, &checks[0]["what"], &checks[0]["state"]),
        (Some(1), &"gpu".into(), &"missing".into())
    );
}

/// Whatever this machine has, exit code and last line agree with the marks. Live is the default.
fn live() {
    let outcome = Workspace::new().gpucam("doctor").run();
    let is_missing = text(&outcome).lines().any(|line| line.starts_with("-> "));
    assert_eq!(outcome.code, Some(i32::from(is_missing)), "{outcome}");
    assert_eq!(text(&outcome).lines().last().unwrap().starts_with("first: "), is_missing, "{outcome}");
    line(text(&outcome), "camera");
    line(text(&outcome), "loopback");
}

/// What is needed comes before what would help, whatever their order.
fn one_thing_first() {
    let good = Check::good("gpu", "fine");
    let advice = Check::advice("buffers", "few", &["more of them"]);
    let missing = Check::missing("loopback", "none", &["install it", "load it"]);
    let last = |checks: &[&Check]| {
        let checks: Vec<_> = checks.iter().map(|&check| check.clone()).collect();
        let lines = report(&checks, Purpose::Live);
        assert_eq!(lines.len(), checks.len() + 1);
        lines.last().unwrap().clone()
    };
    assert_eq!(last(&[&good]), "all is there: gpucam");
    assert_eq!(last(&[&advice, &good]), "it works: gpucam; what would help first: more of them");
    assert_eq!(last(&[&advice, &missing]), "first: install it");
    assert_eq!(
        report(&[missing], Purpose::Live)[0],
        "->  loopback none; install it; then load it",
        "all steps are in its line"
    );
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// README's block under Install is what the program says, line by line.
fn readme_has_its_lines() {
    let readme = read("README.md");
    let start = readme.find(INSTALL_LOOPBACK).expect("the first line");
    let block: Vec<_> = readme[start..].lines().take(4).collect();
    assert_eq!(block, [INSTALL_LOOPBACK, LOOPBACK_OPTIONS, LOAD_LOOPBACK_AT_BOOT, LOAD_LOOPBACK]);
    let sentence = DeviceError::NoLoopback.to_string();
    assert!(readme.contains(TWO_LOOPBACKS) && readme.contains(RELAY), "the lines for two, and for a relay");
    for line in block {
        assert!(sentence.contains(&format!("`{line}`")), "{line} in: {sentence}");
    }
}

/// No source file words these lines anew.
fn no_other_modprobe_lines() {
    let others = |text: &str| {
        let of_module = |line: &&str| line.contains("v4l2loopback");
        let words = ["modprobe v4l2", "modprobe -r", "options v4l2loopback ", "tee /etc/modules-load.d"];
        text.lines().filter(of_module).filter(|line| words.iter().any(|word| line.contains(word))).count()
    };
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path)
                && others(&text) > 0
            {
                found
                    .push((path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_owned(), others(&text)));
            }
        }
    }
    assert_eq!(found, [("src/video/error.rs".into(), 4)], "the four constants alone");
    assert_eq!(others("\"try sudo modprobe v4l2loopback exclusive_caps=1\""), 1, "control");
}
