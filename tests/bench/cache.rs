//! The pipeline cache between two starts.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::files::models;

/// Runs the first frame with the caches in `folder`.
fn start(folder: &Path) {
    // Mesa's own cache stays in its place: this tests ours only.
    let home = std::env::var_os("HOME").unwrap_or_default();
    let cache = std::env::var_os("XDG_CACHE_HOME").unwrap_or_else(|| Path::new(&home).join(".cache").into());
    start_beside(folder, Path::new(&cache));
}

/// The same, with Mesa's cache in `mesa`.
fn start_beside(folder: &Path, mesa: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpucam"));
    command.args(["bench", "--first-frame", "--size", "64x36"]).env("GPUCAM_MODELS", models());
    let said = command.env("XDG_CACHE_HOME", folder).env("MESA_SHADER_CACHE_DIR", mesa).output();
    let said = said.expect("it runs");
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}{}", String::from_utf8_lossy(&said.stderr));
    assert!(text.starts_with("first frame") && text.contains("\"resident\""), "{text}");
}

/// The only file of the pipeline cache.
fn kept(folder: &Path) -> PathBuf {
    let all = fs::read_dir(folder.join("gpucam")).expect("a folder").map(|file| file.unwrap().path());
    let files: Vec<_> = all.filter(|file| !file.to_string_lossy().contains("/compiled-")).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

pub fn survives() {
    let folder = tempfile::tempdir().expect("a folder");
    start(folder.path());
    if !folder.path().join("gpucam").exists() {
        return; // the adapter has no pipeline cache
    }
    let file = kept(folder.path());
    let whole = fs::read(&file).expect("a file");
    let mut flipped = whole.clone();
    *flipped.last_mut().expect("some bytes") ^= 1;
    for broken in [flipped, whole[..whole.len() - 1].to_vec(), vec![7; 5000]] {
        fs::write(&file, &broken).expect("a file");
        start(folder.path());
        assert!(fs::read(kept(folder.path())).expect("a file") != broken, "{} bytes were left", broken.len());
    }
    // An intact file stays unchanged.
    let before = fs::metadata(&file).and_then(|data| data.modified()).expect("a file");
    start(folder.path());
    if fs::read(&file).expect("a file") == whole {
        assert_eq!(fs::metadata(&file).and_then(|data| data.modified()).expect("a file"), before);
    }
}

/// The list of precompiled pipelines is stored, and only missing ones are compiled again.
pub fn ahead() {
    let folder = tempfile::tempdir().expect("a folder");
    start(folder.path());
    let all = fs::read_dir(folder.path().join("gpucam")).into_iter().flatten();
    let mut lists = all.map(|file| file.expect("a file").path());
    let Some(list) = lists.find(|file| file.to_string_lossy().contains("/compiled-")) else {
        return; // the driver compiles when a pipeline is created, or there is only one CPU
    };
    let lines = || {
        let text = fs::read_to_string(&list).expect("a list");
        text.lines().map(String::from).collect::<BTreeSet<_>>()
    };
    let changed = || fs::metadata(&list).and_then(|data| data.modified()).expect("a file");
    let whole = lines();
    assert!(whole.len() > 30, "{} texts for a model and a blur", whole.len());
    let before = changed();
    start(folder.path());
    assert_eq!(changed(), before, "compiled twice");
    // After the driver has lost its cache, everything is compiled again.
    start_beside(folder.path(), tempfile::tempdir().expect("a folder").path());
    assert_ne!(changed(), before, "not compiled again");
    assert_eq!(lines(), whole);
    // Controls: an empty list and an invalid one.
    for broken in [Vec::new(), vec![0xff; 5000]] {
        fs::write(&list, broken).expect("a file");
        start(folder.path());
        assert_eq!(lines(), whole);
    }
}

/// Without a writable cache folder everything still works.
pub fn nowhere() {
    start(Path::new("/proc/nowhere"));
}
