use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use gpucam::internals::{bench::BenchReport, cli};

use crate::support::files::models;

fn gpucam(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpucam"));
    command.current_dir(folder).env("RUST_BACKTRACE", "0").arg("bench");
    command.env("GPUCAM_TUNING", crate::support::tuning());
    command
}

/// A small run has every row, and a second run is compared with it.
pub fn rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |more: &[&str]| {
        let mut command = gpucam(folder.path());
        command.env("GPUCAM_MODELS", models()).args(["--size", "160x90", "--frames", "4", "--rounds", "2"]);
        let said = command.args(more).output().expect("it runs");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.status.success(), "{text}{}", String::from_utf8_lossy(&said.stderr));
        text
    };
    let text = run(&["--peers", "--no-start", "--json", "rows.json"]);
    for row in [
        "copy in a shader",
        "products and sums",
        "160x90, selfie-landscape, blur, fast",
        "model, ms",
        "composite, ms",
        "whole frame, GPU",
        "bytes to bytes",
        "wait for the GPU",
        "CPU of the process",
        "with frames in flight",
        "GPU memory",
        "resident, growth",
        "peers/volcomix_bilateral",
        "Volcomix over ours",
        "burn an operator at a time over ours",
    ] {
        assert!(text.contains(row), "{row} is missing:\n{text}");
    }
    // This effect compiles nothing, so its starts are short.
    let text = run(&["--effect", "none"]);
    for row in [
        "bytes to bytes",
        "with frames in flight",
        "cold: first frame",
        "warm: first frame",
        "warm: resident",
    ] {
        assert!(text.contains(row), "{row} is missing:\n{text}");
    }
    // With a camera's gaps, beside those without.
    let start = Instant::now();
    let text = run(&["--no-start", "--paced", "12.5,60", "--json", "paced.json"]);
    // Two rounds of two frames, 80 ms apart.
    assert!(start.elapsed() > Duration::from_millis(320), "without gaps");
    let json = fs::read_to_string(folder.path().join("paced.json")).expect("a report");
    let report: BenchReport = serde_json::from_str(&json).expect("a report");
    let paced = |rate: Option<f64>| report.rows.iter().filter(|row| row.paced == rate).count();
    assert_eq!((paced(Some(12.5)), paced(Some(60.0))), (3, 3), "{text}");
    assert!(paced(None) > 6, "{text}");
    for row in
        ["CPU of its thread, a frame, ms", "bytes to bytes, 60 fps, ms", "CPU of its thread, 12.50 fps, ms"]
    {
        assert!(text.contains(row), "{row} is missing:\n{text}");
    }
    let text = run(&["--compare", "rows.json", "--no-start", "--clock", "cpu"]);
    assert!(text.contains("the CPU's clock") && text.contains("against the other run"), "{text}");
}

pub fn bad() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("other.json"), "{}").expect("a file");
    for (arguments, code, words) in [
        (["--compare", "missing.json"], 1, "missing.json"),
        (["--compare", "other.json"], 1, "gpucam bench --json"),
        (["--json", "no/such/folder.json"], 1, "no/such/folder.json"),
        (["--size", "12"], 2, "12"),
        (["--frames", "0"], 2, "--frames"),
        (["--paced", "0"], 2, "--paced"),
    ] {
        let said = gpucam(folder.path()).args(arguments).output().expect("it runs");
        let error = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(words) && !error.contains("panicked"), "{arguments:?}: {error}");
        assert!(code == 2 || error.lines().count() == 1, "{arguments:?}: {error}");
    }
}

/// The process whose start is measured gets every flag of the picture, the model and the GPU, and gives them on unchanged.
pub fn start() {
    const FLAGS: [&str; 17] = [
        "--effect=pixelate:8",
        "--engine=burn",
        "--quality=low",
        "--model=selfie",
        "--offline",
        "--refine=none",
        "--exposure=off",
        "--look=once",
        "--people=front",
        "--grow=1.5",
        "--feather=2",
        "--islands=0.5",
        "--threshold=0.25..0.75",
        "--adapter=speed",
        "--tuning=software",
        "--limits=webgpu-default",
        "--size=320x180",
    ];
    let of = |arguments: &[&str]| cli::arguments_of_start(arguments).expect("clap takes them");
    let given = |arguments: &[String]| {
        let mut words =
            arguments.iter().map(String::as_str).filter(|word| !["bench", "--first-frame"].contains(word));
        let mut flags = Vec::new();
        while let Some(word) = words.next() {
            let has_value = word.contains('=') || word == "--offline";
            flags.push(if has_value { word.to_owned() } else { format!("{word}={}", words.next().unwrap()) });
        }
        flags.sort();
        flags
    };
    let (mut want, first) = (FLAGS.map(String::from).to_vec(), of(&FLAGS));
    want.sort();
    assert_eq!(given(&first), want);
    let again: Vec<&str> = first.iter().skip(1).map(String::as_str).collect();
    assert_eq!(of(&again), first);
    assert!(of(&["--shrink", "3"]).contains(&"--shrink=3".to_owned()));
}
