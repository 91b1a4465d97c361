//! README's commands: each one is run as it is printed.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use gpucam::internals::{cli, effects::Effects};
use image::RgbImage;
use libtest_mimic::Trial;

use super::Workspace;
use crate::support::{Files, gpu_test, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        needs(&[Files::MODEL], gpu_test("cli::readme::files", files)),
        test("cli::readme::cameras", cameras),
        test("cli::readme::make", make),
    ]
}

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The lines of shell code: those of fenced blocks, and code in tables and sentences that is a whole command.
/// Comments are left out.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = line == "```sh";
        } else if is_code {
            found.push(line.split("  #").next().unwrap_or_default().trim().to_owned());
        } else {
            // A table writes a pipe as \|.
            found.extend(line.split('`').skip(1).step_by(2).map(|code| code.replace("\\|", "|")));
        }
    }
    found.retain(|line| !line.is_empty());
    found
}

/// The commands that run gpucam and need no camera.
fn of_files(all: &[String]) -> Vec<&String> {
    let reads = |line: &&String| line.contains("-i ") || line.contains("--input ");
    all.iter().filter(|line| line.contains("gpucam ")).filter(reads).collect()
}

/// Runs a line in a shell that finds gpucam and its models.
fn run(workspace: &Workspace, line: &str) -> (Option<i32>, String) {
    let gpucam = Path::new(env!("CARGO_BIN_EXE_gpucam"));
    let path = format!("{}:{}", gpucam.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let invocation = workspace.gpucam("").models().env("PATH", path);
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", line]).current_dir(workspace.0.path());
    for (name, value) in invocation.command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell.output().expect("bash");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn files() {
    let workspace = Workspace::new();
    let photo =
        |seed: u32| RgbImage::from_fn(160, 90, |x, y| image::Rgb([(x + seed) as u8, 2 * y as u8, 90]));
    for name in ["me.jpg", "me.png", "beach.jpg", "sun, sea.jpg"] {
        photo(name.len() as u32).save(workspace.at(name)).unwrap();
    }
    let ffmpeg = |arguments: &str| {
        Command::new("ffmpeg").args(arguments.split(' ')).current_dir(workspace.0.path()).output()
    };
    let clip = ffmpeg("-v error -f lavfi -i testsrc2=s=160x90:r=10 -frames:v 3 talk.mp4");
    let has_ffmpeg = clip.is_ok_and(|clip| clip.status.success());
    let all = commands(&readme());
    let lines = of_files(&all);
    assert!(lines.len() > 12, "README says how to use files: {lines:?}");
    for line in lines {
        if (line.contains("talk.mp4") && !has_ffmpeg) || line.contains("--model meet-full") {
            continue; // a model that only some have
        }
        let (code, words) = run(&workspace, line);
        assert_eq!(code, Some(0), "`{line}`: {words}");
        let output = line.split_whitespace().skip_while(|word| !["-o", "--output"].contains(word)).nth(1);
        if let Some(output) = output.filter(|output| *output != "-") {
            let written = fs::metadata(workspace.at(output)).unwrap_or_else(|e| panic!("`{line}`: {e}"));
            assert!(written.len() > 100, "`{line}` wrote {} bytes", written.len());
        }
    }
    // The control: a command that does not exist fails.
    assert_ne!(run(&workspace, "gpucam -i me.jpg -o blurred.png --effekt blur").0, Some(0));
}

/// The words of a line, as a shell splits them.
fn words_of(line: &str) -> Vec<String> {
    let output = Command::new("bash").args(["-c", &format!("printf '%s\\0' {line}")]).output().expect("bash");
    let text = String::from_utf8(output.stdout).expect("text");
    text.trim_end_matches('\0').split('\0').map(str::to_owned).collect()
}

/// Commands with a camera are read to their end, and their effects made; a machine may have a camera, so they are
/// not run.
fn cameras() {
    let workspace = Workspace::new();
    workspace.put(
        "waves.wgsl",
        b"//! speed = 1 in 0..10  waves a second\nfn effect(in: Input) -> vec3f { return in.person; }",
    );
    for name in ["beach.jpg", "sun, sea.jpg", "lectern.png"] {
        RgbImage::new(16, 16).save(workspace.at(name)).unwrap();
    }
    let all = commands(&readme());
    let of_files: BTreeSet<_> = of_files(&all).into_iter().collect();
    let mut seen = 0;
    for line in all.iter().filter(|line| line.starts_with("gpucam") && !of_files.contains(line)) {
        if line.contains('…') || line.contains('>') || line.contains("--help") {
            continue;
        }
        let mut words = words_of(line);
        cli::check(&words).unwrap_or_else(|error| panic!("`{line}`: {error}"));
        for word in &mut words {
            for name in ["beach.jpg", "sun, sea.jpg", "lectern.png", "waves.wgsl"] {
                *word = word.replace(name, &workspace.at(name).display().to_string());
            }
        }
        for effect in words.iter().skip_while(|word| *word != "--effect").skip(1).step_by(2) {
            if !effect.contains("waves.mp4") {
                effect.parse::<Effects>().unwrap_or_else(|error| panic!("`{line}`: {error}"));
            }
        }
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} commands");
    let error = cli::check(&words_of("gpucam --on-demnad")).expect_err("control: a misspelt flag is found");
    assert!(error.contains("--on-demand"), "{error}");
}

/// README's targets of make are in the Makefile, and its subcommands exist.
fn make() {
    let makefile = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Makefile")).unwrap();
    let (all, workspace) = (commands(&readme()), Workspace::new());
    let is_target = |target: &str| makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
    let targets: Vec<_> =
        all.iter().filter_map(|line| line.strip_prefix("make ")?.split_whitespace().next()).collect();
    assert!(targets.contains(&"demo") && targets.contains(&"install"), "{targets:?}");
    targets.iter().for_each(|target| assert!(is_target(target), "no target {target} in the Makefile"));
    assert!(!is_target("demos"), "control");
    for line in all.iter().filter_map(|line| line.strip_prefix("gpucam ")) {
        let word = line.split_whitespace().next().unwrap_or_default();
        if word.chars().all(|c| c.is_ascii_lowercase()) {
            workspace.gpucam(&format!("{word} --help")).run().fine();
        }
    }
}
