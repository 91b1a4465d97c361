//! Help, version, lists and shell completion.

use gpucam::internals::{
    effects::{self, BackgroundVisibility},
    model::catalogue,
    video::testcard::Scene,
};
use libtest_mimic::Trial;

use super::Workspace;
use crate::support::{Files, gpu_test, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::help::run", run),
        test("cli::help::mask", mask),
        test("cli::help::short", short),
        test("cli::help::version", version),
        test("cli::help::effects", list_effects),
        test("cli::help::completions", completions),
        test("cli::help::completed_by_bash", completed),
        test("cli::help::effects_by_background", effects_by_background),
        test("cli::help::effects_of_a_file", effects_of_a_file),
        test("cli::help::models", list_models),
        needs(&[Files::MODEL], test("cli::help::models_present", models_present)),
        gpu_test("cli::help::adapters", adapters),
    ]
}

fn text(arguments: &str) -> String {
    let outcome = Workspace::new().gpucam(arguments).run();
    outcome.silent().text().to_owned()
}

/// The flags under each heading, in order.
fn flags(help: &str) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "too wide: {line}");
        if let Some(heading) = line.strip_suffix(':').filter(|l| !l.starts_with([' ', '-'])) {
            groups.push((heading, Vec::new()));
        } else if line.trim_start().starts_with('-') && !line.trim_start().starts_with("- ") {
            // `- ` begins the description of a value.
            let flag = line.split_whitespace().find(|word| word.starts_with("--"));
            if let (Some(flag), Some((_, flags))) = (flag, groups.last_mut()) {
                let flag = flag.split('[').next().unwrap_or_default(); // --follow[=<FACTOR>]
                flags.push(flag.trim_end_matches(['.', ',']));
            }
        }
    }
    groups
}

const MASK: (&str, &[&str]) = (
    "Mask",
    &[
        "--refine",
        "--exposure",
        "--look",
        "--people",
        "--threshold",
        "--grow",
        "--shrink",
        "--feather",
        "--islands",
    ],
);
const INPUT: (&str, &[&str]) = ("Input", &["--input", "--size", "--fps", "--matrix", "--range"]);
const ENGINE: (&str, &[&str]) = (
    "Model and GPU",
    &["--model", "--model-input", "--model-output", "--model-grid", "--engine", "--offline", "--adapter"],
);

const SANDBOX: (&str, &[&str]) = ("Sandbox", &["--no-sandbox"]);

fn check(help: &str, wanted: &[(&str, &[&str])]) {
    let found: Vec<_> = flags(help).into_iter().filter(|(_, flags)| !flags.is_empty()).collect();
    let found: Vec<_> = found.iter().map(|(heading, flags)| (*heading, &flags[..])).collect();
    assert_eq!(found, wanted);
}

fn run() {
    let help = text("--help");
    let live = [
        "--on-demand",
        "--grace",
        "--release-idle",
        "--wait",
        "--tray",
        "--max-mask-age",
        "--name",
        "--pipewire-priority",
    ];
    // Its flags are of features that may be left out.
    let live: Vec<_> =
        live.into_iter().filter(|flag| *flag != "--tray" || cfg!(feature = "control")).collect();
    let output = [
        "--output",
        "--output-size",
        "--output-format",
        "--frame",
        "--frames",
        "--output-alpha",
        "--timings",
    ];
    let options = ["--verbose", "--preset", "--help", "--version"];
    check(
        &help,
        &[
            ("Options", &options),
            (
                "Picture",
                &[
                    "--effect",
                    "--mask-view",
                    "--smooth",
                    "--learn-room",
                    "--quality",
                    "--light",
                    "--denoise",
                    "--keep-room",
                ],
            ),
            MASK,
            ("Frame", &["--mirror", "--flip", "--rotate", "--zoom", "--crop", "--follow"]),
            (
                "Input",
                &[
                    "--camera",
                    "--format",
                    "--camera-control",
                    "--input",
                    "--size",
                    "--fps",
                    "--matrix",
                    "--range",
                ],
            ),
            ("Output", &output),
            ("Virtual camera", &live),
            ENGINE,
            SANDBOX,
        ],
    );
    for word in [
        "mask",
        "measure",
        "models",
        "effects",
        "adapters",
        "Examples:",
        "Environment:",
        "Usage: gpucam [OPTIONS]",
    ] {
        assert!(help.contains(word), "no {word}");
    }
    for scene in Scene::ALL {
        assert!(help.contains(&scene.to_string()), "no {scene}");
    }
}

fn mask() {
    let output = ["--output", "--at", "--logits", "--frame"];
    check(
        &text("mask --help"),
        &[("Options", &["--verbose", "--help"]), MASK, INPUT, ("Output", &output), ENGINE, SANDBOX],
    );
}

/// The short help has every flag as well.
fn short() {
    for command in ["", "mask", "measure"] {
        let (long, short) = (text(&format!("{command} --help")), text(&format!("{command} -h")));
        assert_eq!(flags(&long), flags(&short));
        assert!(short.lines().count() < long.lines().count());
    }
    for command in ["models", "models fetch", "effects", "adapters"] {
        assert!(text(&format!("{command} --help")).contains(&format!("Usage: gpucam {command}")));
    }
}

fn version() {
    assert_eq!(text("--version"), concat!("gpucam ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(text("-V"), text("--version"));
}

fn list_effects() {
    let list = text("effects");
    for spec in effects::ALL {
        assert!(list.lines().any(|line| line.split_whitespace().next() == Some(spec.name)), "{list}");
    }
    assert!(list.contains("strength=0..40") && list.contains("[default: 12]"), "{list}");
}

/// Effects are listed by whether they hide the background, and they do so.
fn effects_by_background() {
    let list = text("effects");
    let heading = |background| match background {
        BackgroundVisibility::Hidden => "These hide the background:",
        BackgroundVisibility::Depends => "These hide it unless told otherwise:",
        BackgroundVisibility::Shown => "These show it, unless one of the above comes before them:",
    };
    for spec in effects::ALL {
        let at = list.find(&format!("\n  {} ", spec.name)).expect(spec.name);
        let above = list[..at].lines().rfind(|line| line.starts_with("These")).expect("a heading");
        assert_eq!(above, heading(spec.background), "{}", spec.name);
        // With its defaults, unless it needs a file.
        if let Ok(effects) = spec.name.parse::<effects::Effects>() {
            assert_eq!(
                effects.hides_background(),
                spec.background != BackgroundVisibility::Shown,
                "{}",
                spec.name
            );
        }
    }
}

fn completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&format!("completions {shell}"));
        // fish omits the dashes of flags.
        for word in ["pixelate", "effect", "max-mask-age", "selfie-landscape", "completions"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
        for spec in effects::ALL {
            assert!(script.contains(spec.name), "{shell}: no {}", spec.name);
        }
    }
    Workspace::new().gpucam("completions tcsh").run().misused(&["tcsh", "bash", "zsh", "fish"]);
}

/// Completes in bash itself; the words are as bash splits them.
fn completed() {
    let workspace = Workspace::new();
    workspace.put("gpucam.bash", text("completions bash").as_bytes());
    let ask = "source ./gpucam.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _gpucam_whole gpucam; \
               printf '%s\\n' \"${COMPREPLY[@]}\"";
    let complete = |words: &[&str]| -> Vec<String> {
        let mut bash = std::process::Command::new("bash");
        bash.args(["--norc", "-c", ask, "bash", "gpucam"]).args(words).current_dir(workspace.at(""));
        let outcome = bash.output().expect("bash");
        assert!(outcome.stderr.is_empty(), "{}", String::from_utf8_lossy(&outcome.stderr));
        String::from_utf8(outcome.stdout).expect("text").lines().map(str::to_owned).collect()
    };
    assert_eq!(complete(&["--max"]), ["--max-mask-age"]);
    assert_eq!(
        complete(&["--effect", "pixelate,o"]),
        ["pixelate,on=background", "pixelate,on=person", "pixelate,on=all"]
    );
    assert_eq!(complete(&["--effect", "pixelate,on", "=", "pe"]), ["person"]);
    assert_eq!(complete(&["--effect", "colormap", ":", "vi"]), ["viridis"]);
    assert_eq!(complete(&["--effect", "hologram", ":"]), ["elder", "lfbw"]);
    assert_eq!(complete(&["--effect", "image", ":", "a.png", "--smo"]), ["--smooth"]);
    assert_eq!(complete(&["--effect", "blur", "--model", "meet-l"]), ["meet-lite"]);
    assert_eq!(complete(&["compl"]), ["completions"]);
}

fn effects_of_a_file() {
    let workspace = Workspace::new();
    workspace.put(
        "a.wgsl",
        b"//! Grey.\n//! k = 1 in 0..2  what\nfn effect(in: Input) -> vec3f { return vec3f(k); }",
    );
    let list = |file: &str| workspace.gpucam(&format!("effects {file}")).run();
    assert_eq!(list("a.wgsl").silent().text(), "custom:a.wgsl  Grey.\n  k=0..2  what [default: 1]\n");
    workspace.put("b.wgsl", b"//! k = 1\n");
    list("b.wgsl").refused(&["b.wgsl:1:1", "LEAST..MOST", "correct it"]);
    list("c.wgsl").refused(&["c.wgsl", "no such file"]);
    workspace.put("d.wgsl", b"\xff\xfe");
    list("d.wgsl").refused(&["d.wgsl", "WGSL"]);
}

/// One line per model, the default marked, none of them fetched.
fn list_models() {
    let workspace = Workspace::new();
    let outcome = workspace.gpucam("models").run();
    let list = outcome.silent().text();
    assert_eq!(list.lines().count(), 1 + catalogue::entries().len() + 1, "{list}");
    for (entry, line) in catalogue::entries().iter().zip(list.lines().skip(1)) {
        let words = [&entry.name, &entry.input.to_string(), &entry.licence, "not fetched"];
        words.iter().for_each(|word| assert!(line.contains(*word), "no '{word}' in: {line}"));
        assert_eq!(line.contains('*'), entry.name == "selfie-landscape", "{line}");
    }
    let data = workspace.at("data/gpucam/models");
    assert!(list.lines().last().unwrap().contains(&data.display().to_string()), "{list}");
    assert_eq!(text("models list").lines().count(), list.lines().count());
    assert!(!data.exists(), "a list makes no folder");
}

fn models_present() {
    let outcome = Workspace::new().gpucam("models").models().run();
    let list = outcome.silent().text();
    for (entry, line) in catalogue::entries().iter().zip(list.lines().skip(1)) {
        let end = match Files::Models.path(&entry.file).exists() {
            true => format!("/{}", entry.file),
            false => "not fetched".into(),
        };
        assert!(line.ends_with(&end), "{line}");
    }
}

/// One line per adapter, numbered from 0, each with its kind.
fn adapters() {
    let list = text("adapters");
    assert!(!list.is_empty());
    for (index, line) in list.lines().enumerate() {
        assert!(line.starts_with(&format!("{index}  ")) && line.contains(')'), "{line}");
        assert!(["GPU", "software", "other"].iter().any(|kind| line.contains(kind)), "{line}");
    }
}
