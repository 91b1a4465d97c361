//! The configuration files: what holds, where it comes from, and what is wrong in them.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
};

use gpucam::internals::Size;
use image::RgbImage;
use libtest_mimic::Trial;

use super::{Invocation, Workspace, noise};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::config::what_holds", what_holds),
        test("cli::config::paths_are_relative_to_the_file", paths_are_relative_to_the_file),
        test("cli::config::presets", presets),
        test("cli::config::mistakes", mistakes),
        test("cli::config::its_place", its_place),
        test("cli::config::other_commands_do_not_read_it", other_commands_do_not_read_it),
    ]
}

const SIZE: Size = Size::new(64, 36);

/// A folder with a video of two frames, and a user's and a system's file in folders of their own.
fn workspace(system: &str, user: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.put("a.yuyv", &noise(2 * SIZE.yuyv_bytes(), 1));
    for (folder, text) in [("etc", system), ("user", user)] {
        fs::create_dir(workspace.at(folder)).unwrap();
        workspace.put(&format!("{folder}/config.toml"), text.as_bytes());
    }
    workspace
}

fn gpucam(workspace: &Workspace, line: &str) -> Invocation {
    workspace.gpucam(line).env("GPUCAM_CONFIG", "etc/config.toml:user/config.toml").without_adapter()
}

/// The bytes of a run.
fn made(workspace: &Workspace, line: &str) -> Vec<u8> {
    gpucam(workspace, &format!("{line} --input a.yuyv --output b.yuyv")).run().silent();
    workspace.get("b.yuyv")
}

/// What is typed before the user's file, that before the system's, that before the defaults. The frames of a
/// shorter run show which value held.
fn what_holds() {
    let all = "effect = \"none\"\nsize = \"64x36\"\n";
    let frame = SIZE.yuyv_bytes();
    let workspace = workspace(all, "frames = 1");
    assert_eq!(made(&workspace, "").len(), frame);
    assert_eq!(made(&workspace, "--frames 2").len(), 2 * frame);
    workspace.put("user/config.toml", b"");
    assert_eq!(made(&workspace, "").len(), 2 * frame, "control: the key held");
    workspace.put("etc/config.toml", format!("{all}frames = 1").as_bytes());
    assert_eq!(made(&workspace, "").len(), frame);
    workspace.put("user/config.toml", b"frames = 2");
    assert_eq!(made(&workspace, "").len(), 2 * frame);
    // Keys that do not go together: the stronger one holds, and what only a camera needs is no obstacle.
    workspace
        .put("etc/config.toml", format!("{all}zoom = 2\non-demand = true\nformat = \"mjpg\"").as_bytes());
    workspace.put("user/config.toml", b"crop = \"32x20\"");
    let list = gpucam(&workspace, "config").run().text().to_owned();
    assert!(list.contains("crop = \"32x20\"  # user/config.toml:1") && !list.contains("zoom ="), "{list}");
    for words in ["on-demand = true  # etc/config.toml:4", "# quality = \"auto\"  # default"] {
        assert!(list.contains(words), "no '{words}' in {list}");
    }
    workspace.put("user/config.toml", b"on-demand = false\nzoom = 1");
    assert_eq!(made(&workspace, ""), workspace.get("a.yuyv"));
    let list = gpucam(&workspace, "config").run().text().to_owned();
    assert!(list.contains("on-demand = false") && !list.contains("etc/config.toml:4"), "{list}");
}

fn paths_are_relative_to_the_file() {
    let workspace = workspace(
        "",
        "effect = [\"image:sea, sun.png\", 'overlay:\"logo,1.png\",size=0.5']\nsize = \"64x36\"",
    );
    let run = || gpucam(&workspace, "--input a.yuyv --output b.yuyv --model none.tflite").run();
    // The space and the comma are the file's; a comma without quotes is refused, with the line.
    run().unusable(&["user/config.toml", "line 1", "effect", "backslash"]);
    workspace.put(
        "user/config.toml",
        b"effect = ['image:\"sea, sun.png\"', \"overlay:logo.png,size=0.5\"]\nsize = \"64x36\"",
    );
    for name in ["sea, sun.png", "logo.png"] {
        run().refused(&["user", name, "no such file"]);
        RgbImage::new(8, 8).save(workspace.at(&format!("user/{name}"))).unwrap();
    }
    run().refused(&["none.tflite"]);
    // A folder whose name is no text cannot begin a path that is typed.
    let odd = OsStr::from_bytes(b"caf\xe9");
    fs::create_dir(workspace.0.path().join(odd)).unwrap();
    let file = workspace.0.path().join(odd).join("config.toml");
    for text in ["effect = \"image:sea.png\"", "input = \"sea.png\""] {
        fs::write(&file, text).unwrap();
        let run = workspace.gpucam("--output b.yuyv").env("GPUCAM_CONFIG", &file).run();
        run.unusable(&["line 1", "sea.png", "is not UTF-8", "write the whole path"]);
    }
}

fn presets() {
    let workspace = workspace(
        "effect = \"none\"\nsize = \"64x36\"\n[preset.short]\nframes = 1\n[preset.both]\nframes = 1",
        "frames = 2\n[preset.both]\nfps = 10\n[preset.turned]\nrotate = 180",
    );
    let frame = SIZE.yuyv_bytes();
    assert_eq!(made(&workspace, "").len(), 2 * frame);
    assert_eq!(made(&workspace, "--preset short").len(), frame);
    assert_eq!(made(&workspace, "--preset SHORT --frames 2").len(), 2 * frame);
    let list = gpucam(&workspace, "config --preset both").run().text().to_owned();
    assert!(list.contains("fps = \"10\"  # user") && list.contains("frames = \"1\"  # etc"), "{list}");
    gpucam(&workspace, "--preset shrt --input a.yuyv --output b.yuyv").run().unusable(&[
        "'shrt'",
        "did you mean 'short'?",
        "both, short, turned",
    ]);
    // A file may choose one, and a run another.
    workspace.put("user/config.toml", b"preset = \"short\"");
    assert_eq!(made(&workspace, "").len(), frame);
    assert_eq!(made(&workspace, "--preset both").len(), frame);
}

/// One sentence with file, line and column.
fn mistakes() {
    for (text, words) in [
        ("size = \"64x36\"\nefect = \"none\"", &["line 2, column 1", "'efect'; did you mean 'effect'?"][..]),
        ("on-demand = 1", &["line 1, column 13", "on-demand", "true or false"]),
        ("size = [\"64x36\"]", &["line 1, column 8", "size", "not a list"]),
        ("size = \"64\"", &["line 1, column 8", "size", "1280x720"]),
        ("effect = [\"blur:41\"]", &["line 1", "effect", "0..40"]),
        ("effect = [[\"blur\"]]", &["line 1", "effect", "list of strings"]),
        ("frames = 0", &["line 1, column 10", "frames", "1 or more"]),
        ("size = ", &["line 1", "correct it there"]),
        ("size = \"64x36\"\nsize = \"64x36\"", &["line 2", "correct it there"]),
        ("[preset.a]\nzoom = 9", &["line 2, column 8", "zoom", "1 to 8"]),
        ("[preset]\na = 1", &["line 2, column 1", "[preset.NAME]"]),
        ("preset = \"none\"", &["no preset 'none'", "[preset.none]"]),
        ("grow = 3\nzoom = 2\nshrink = 2", &["line 3", "shrink cannot stand beside grow of line 1"]),
        ("[preset.a]\nzoom = 2\ncrop = \"32x20\"", &["line 3", "crop cannot stand beside zoom of line 2"]),
    ] {
        let workspace = workspace("", text);
        for line in ["--input a.yuyv --output b.yuyv", "config", "config check"] {
            let words: Vec<_> = ["user/config.toml"].iter().chain(words).copied().collect();
            // A run with it would end the same way every time; a check of it has found something.
            let outcome = gpucam(&workspace, line).run();
            if line.starts_with("config") { outcome.refused(&words) } else { outcome.unusable(&words) }
        }
        assert!(!workspace.at("b.yuyv").exists());
    }
    let workspace = workspace("frames = 1", "[preset.a]\n[preset.b]");
    assert_eq!(gpucam(&workspace, "config check").run().text(), "ok: 1 keys, presets: a, b\n");
    // What a file as output has no use for does not disturb it.
    workspace.put("user/config.toml", b"wait = true\non-demand = true");
    gpucam(&workspace, &format!("--input a.yuyv --size {SIZE} --effect none --frames 1 --output b.yuyv"))
        .run()
        .fine();
    // A flag in it that needs another.
    workspace.put("user/config.toml", b"grace = 2");
    gpucam(&workspace, "").run().misused(&["--grace", "--on-demand"]);
}

fn its_place() {
    let workspace = workspace("", "");
    let own = workspace.at(".config/gpucam/config.toml");
    let path = workspace.gpucam("config path").run().text().trim().to_owned();
    assert_eq!(path, own.display().to_string());
    // Without files there are the defaults; a first edit makes a file that says what may stand in it.
    assert!(workspace.gpucam("config").run().text().lines().all(|line| line.starts_with("# ")));
    workspace.gpucam("config edit").env("EDITOR", "true").run().fine();
    assert!(fs::read_to_string(&own).unwrap().contains("# [preset.beach]"));
    let editor = workspace.at("editor.sh");
    fs::write(&editor, "#!/bin/sh\necho 'frames = 0' > \"$2\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let editor = format!("{} -w", editor.display());
    workspace.gpucam("config edit").env("VISUAL", editor).run().refused(&[
        "config.toml",
        "frames",
        "1 or more",
    ]);
    let edit = |editor: &str| workspace.gpucam("config edit").env("EDITOR", editor).run();
    edit("/nonexistent").refused(&["EDITOR", "/nonexistent", "is not there"]);
    let failed = edit("false");
    failed.refused(&["`false` has failed", "EDITOR"]);
    assert!(!failed.err.contains("start gpucam again") && !failed.err.contains("os error"), "{failed}");
    // Without any configuration, too, a preset is told where it would be.
    let none = workspace.gpucam("--preset beach --input a.yuyv --output b.yuyv").env("GPUCAM_CONFIG", "none");
    none.run().unusable(&["no preset 'beach'"]);
}

fn other_commands_do_not_read_it() {
    let workspace = workspace("", "nonsense");
    gpucam(&workspace, "effects").run().silent();
    gpucam(&workspace, "--help").run().silent();
    let line = format!("--effect none --input a.yuyv --size {SIZE} --output b.yuyv");
    workspace.gpucam(&line).env("GPUCAM_CONFIG", "none").run().silent();
    gpucam(&workspace, &line).run().unusable(&["line 1", "config.toml"]);
}
