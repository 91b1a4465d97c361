//! `gpucam tune` from a shell: what it keeps, what a second start does with it, and how it is forgotten.

use std::{fs, path::Path, process::Command, time::Instant};

use libtest_mimic::Trial;

use crate::support::{Files, files::models, gpu_test, needs};

pub(super) fn trials() -> Vec<Trial> {
    vec![needs(&[Files::MODEL], gpu_test("tune::cli::kept_for_the_next_start", kept))]
}

/// Exit code, and standard output and error after one another.
fn gpucam(cache: &Path, words: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpucam"));
    command
        .args(words.split(' '))
        .current_dir(cache)
        .env("XDG_CACHE_HOME", cache)
        .env("GPUCAM_MODELS", models());
    // Mesa's compiled kernels stay where they are.
    let home = std::env::var_os("HOME").unwrap_or_default();
    let own = std::env::var_os("XDG_CACHE_HOME").unwrap_or_else(|| Path::new(&home).join(".cache").into());
    command.env("MESA_SHADER_CACHE_DIR", own).env_remove("GPUCAM_TUNING").env_remove("RUST_LOG");
    let output = command.output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path();
    let run = |words: &str| {
        let (code, said) = gpucam(cache, words);
        assert_eq!(code, Some(0), "{words}: {said}");
        said
    };
    const FRAME: &str = "-v -i testcard --size 160x90 --frames 1 -o out.yuyv";
    const TAKEN: &str = "the tuning that `gpucam tune` found";
    assert!(run("tune --show").contains("the table's; `gpucam tune` measures"));
    assert!(!run(FRAME).contains(TAKEN));

    let began = Instant::now();
    let said = run("tune --seconds 60 --size 160x90 --field passes.composite_rows,passes.alpha_strips");
    note!("{said}in {:.1?}", began.elapsed());
    assert!(said.contains("candidates: ") && said.contains("kept in "), "{said}");
    let files: Vec<_> =
        fs::read_dir(cache.join("gpucam")).expect("a folder").flatten().map(|file| file.path()).collect();
    let file = files.iter().find(|file| file.to_string_lossy().contains("/tuning-")).expect("a file");
    assert!(
        !files.iter().any(|file| file.to_string_lossy().contains(".gpucam-")),
        "nothing is left: {files:?}"
    );

    // The next start takes it, unless it is told another.
    assert!(run(FRAME).contains(TAKEN));
    assert!(run(&format!("{FRAME} --tuning auto")).contains(TAKEN));
    for other in ["table", "software"] {
        assert!(!run(&format!("{FRAME} --tuning {other}")).contains(TAKEN), "{other}");
    }
    let said = run("tune --show");
    assert!(said.contains("measured at 160x90, selfie-landscape") && said.contains("passes.tiles"), "{said}");

    // A driver update: what was kept does not hold, and nobody is bothered.
    let text = fs::read_to_string(file).expect("a file");
    let line = text.lines().find(|line| line.starts_with("driver = ")).expect("a driver");
    fs::write(file, text.replace(line, "driver = \"Mesa 1.0\"")).expect("a file");
    let said = run(FRAME);
    assert!(!said.contains(TAKEN) && said.contains("outdated: the driver was Mesa 1.0 and is "), "{said}");
    assert!(run("tune --show").contains("the driver was Mesa 1.0"));

    // A damaged file is passed over with a warning.
    fs::write(file, &text[..text.len() / 3]).expect("a file");
    let said = run(&FRAME.replace("-v ", ""));
    assert!(said.contains("a kept tuning is not used") && said.contains("tuning-"), "{said}");

    assert!(run("tune --reset").contains("is removed"));
    assert!(!file.exists());
    assert!(run("tune --reset").contains("nothing was kept"));
    let (code, said) = gpucam(cache, "tune --field passes.look_twice");
    assert!(code == Some(2) && said.contains("no field 'passes.look_twice'"), "{said}");
    let (code, said) = gpucam(cache, "tune --seconds 0");
    assert!(code == Some(2) && said.contains("write 1 to 3600"), "{said}");
}
