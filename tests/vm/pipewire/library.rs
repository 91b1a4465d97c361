//! libpipewire is loaded when it is needed: the program is not linked with it and says what is missing.

use std::{fs, process::Command};

use libtest_mimic::Trial;

use super::daemon::{Desktop, desktop_test, needs};
use crate::guest::{gpucam, timed, wanted};

pub(crate) fn trials() -> Vec<Trial> {
    let tools = || match wanted() {
        true => needs(&["readelf", "nm"]),
        false => Err("PipeWire: make test-devices".into()),
    };
    vec![
        timed("pipewire::library_is_not_linked", tools, not_linked),
        desktop_test("pipewire::library_is_missing", missing),
    ]
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The dynamic section names libc, and not libpipewire; the program exports none of the functions that it
/// defines in libpipewire's place.
fn not_linked() {
    let program = gpucam();
    let needed = output("readelf", &["-d", &program]);
    assert!(needed.contains("(NEEDED)") && needed.contains("libc.so"), "{needed}");
    assert!(!needed.contains("pipewire"), "{needed}");
    let exported = output("nm", &["-D", "--defined-only", &program]);
    let ours: Vec<_> = exported.lines().filter(|line| line.contains(" pw_")).collect();
    assert!(ours.is_empty(), "exported: {ours:?}");
}

/// A file that is no library stands before the real one. gpucam says so and what to type; it starts all the
/// same, and lists devices.
fn missing() {
    let desktop = Desktop::start();
    let folder = desktop.path("lib");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("libpipewire-0.3.so.0"), "no library").unwrap();
    let run = |arguments: &[&str]| {
        desktop.command(&gpucam()).env("LD_LIBRARY_PATH", &folder).args(arguments).output().unwrap()
    };
    let picture = super::bars_picture(&desktop, crate::frames::Size::TINY);
    let picture = picture.to_str().unwrap();
    let failed = run(&["--input", picture, "--effect", "none", "--output", "pipewire"]);
    let words = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(1), "{words}");
    assert!(words.contains("PipeWire's library cannot be loaded"), "{words}");
    assert!(words.contains("sudo apt install libpipewire-0.3-0"), "{words}");
    note!("{}", words.trim());
    assert!(run(&["devices"]).status.success());
    // The control: with the real library the node is made.
    desktop.producer(&format!("--input {picture} --effect none --output pipewire"));
}
