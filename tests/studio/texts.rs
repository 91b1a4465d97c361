//! What the window writes: a preset into the configuration file, the command line, an editor's command.

use std::{ffi::OsString, fs, path::Path, process::Command};

use gpucam::internals::{
    Matrix, Range, Size, cli,
    control::SetValue,
    frame::geometry::{Cut, Rotate},
    studio::{
        editor, flags,
        preset::{save, with_preset},
        service,
        settings::Input,
    },
};

use super::state;

const FILE: &str = "\
# My cameras.
effect = \"blur:8\"   # not too much
on-demand = true

[preset.beach]      # for Fridays
# the old one
effect = [
  \"image:old.png\",
]
camera = \"C920\"
mirror = true
zoom = 1.2

# Work.
[preset.work]
effect = [\"blur:20\"]
";

pub fn preset() {
    let mut state = state(&[r#"image:/home/me/my \"best\" beach.jpg"#, "tint"]);
    state.picture.geometry.cut = Cut::Zoom(1.5);
    let flags = state.picture_flags();
    let new = with_preset(FILE, "beach", &flags).expect("a file that can be changed");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    // Every line that is none of the preset's old picture is there as it was, in its order.
    let gone = ["effect = [", "  \"image:old.png\",", "]", "mirror = true", "zoom = 1.2"];
    let kept: Vec<_> = lines(FILE).into_iter().filter(|line| !gone.contains(&line.as_str())).collect();
    let mut now = lines(&new).into_iter();
    for line in &kept {
        assert!(now.any(|other| other == *line), "{line:?} is gone from\n{new}");
    }
    // Read by another reader of TOML: what is there, and what is no longer.
    let table: toml::Table = new.parse().expect("TOML");
    let beach = table["preset"]["beach"].as_table().expect("a table");
    let effects: Vec<_> = beach["effect"].as_array().unwrap().iter().filter_map(|v| v.as_str()).collect();
    assert_eq!(effects, [r#"image:/home/me/my \"best\" beach.jpg"#, "tint"]);
    assert_eq!(beach["zoom"].as_float(), Some(1.5));
    assert_eq!(beach["camera"].as_str(), Some("C920"));
    assert!(!beach.contains_key("mirror"), "the control: the old preset was mirrored, this one is not");
    assert_eq!(table["preset"]["work"]["effect"][0].as_str(), Some("blur:20"));

    // A new one goes to the end; a name that is no bare key is quoted.
    let added = with_preset(FILE, "on stage", &flags).expect("a file that can be changed");
    assert!(added.starts_with(FILE), "{added}");
    let table: toml::Table = added.parse().expect("TOML");
    assert!(table["preset"].get("on stage").is_some() && table["preset"].get("beach").is_some());
    assert_eq!(with_preset("", "a", &flags).map(|text| text.starts_with("[preset.a]\n")), Ok(true));

    // What is no TOML, and what is written another way, is refused with a place or with what to do.
    let broken = with_preset("effect = ", "a", &flags).expect_err("no TOML");
    assert!(broken.starts_with("line 1, column"), "{broken}");
    let inline =
        with_preset("preset = { a = { zoom = 2.0 } }\n", "a", &flags).expect_err("no table of its own");
    assert!(inline.contains("[preset.a]"), "{inline}");
    // A preset beside one that is chosen or written in one line would be a second key of that name: no TOML.
    let chosen = "effect = \"blur\"\npreset = \"work\"\n";
    for text in [chosen, "preset = { a = { zoom = 2.0 } }\n"] {
        let sentence = with_preset(text, "mine", &flags).expect_err("a key that is there twice");
        assert!(sentence.contains("`preset = ") && sentence.contains("[preset.mine]"), "{sentence}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    fs::write(&path, chosen).expect("a file");
    let sentence = save(&path, "mine", &flags).expect_err("a key that is there twice").to_string();
    assert!(sentence.contains("config.toml") && sentence.contains("--preset"), "{sentence}");
    assert_eq!(fs::read_to_string(&path).expect("the file"), chosen, "the file stays as it was");
    // The control: without that line it is saved.
    fs::write(&path, "effect = \"blur\"\n").expect("a file");
    save(&path, "mine", &flags).expect("a file that can be changed");
}

/// gpucam's own reader of the file says the same.
pub fn preset_is_read() {
    let mut state = state(&["blur:18,disc"]);
    state.picture.geometry.mirror = true;
    state.picture.geometry.rotate = Rotate::Half;
    state.picture.shape.threshold = (0.1, 0.9);
    state.picture.shape.grow = -2.0;
    state.picture.shape.islands = 0.05;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    save(&path, "work", &state.picture_flags()).expect("a file");
    let shown = |preset: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_gpucam"))
            .args(["config", "--preset", preset])
            .env("GPUCAM_CONFIG", &path)
            .output()
            .expect("gpucam");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (read, text) = shown("work");
    assert!(read, "{text}");
    for line in [
        "effect = [\"blur:18,shape=disc\"]",
        "mirror = true",
        "rotate = \"180\"",
        "threshold = \"0.1..0.9\"",
        "shrink = \"2\"",
        "islands = \"5\"",
    ] {
        assert!(text.lines().any(|shown| shown.starts_with(line)), "{line} is not in\n{text}");
    }
    // The control: another preset.
    assert!(!shown("beach").0);

    // What is off in the window is off with the preset, though the file around it has it on.
    let around = "mirror = true\nfollow = true\nfeather = 3\ncrop = \"64x36\"\nshrink = 2\nlight = \"auto\"\n\
                  threshold = \"0.2..0.8\"\nrotate = 90\n";
    fs::write(&path, around).expect("a file");
    let mut state = super::state(&["blur"]);
    save(&path, "plain", &state.picture_flags()).expect("a file");
    state.picture.shape.grow = 2.0;
    save(&path, "grown", &state.picture_flags()).expect("a file");
    for (preset, grow) in [("plain", "0"), ("grown", "2")] {
        let (read, text) = shown(preset);
        assert!(read, "{text}");
        for line in [
            "mirror = false",
            "follow = false",
            "feather = \"0\"",
            "zoom = \"1\"",
            &format!("grow = \"{grow}\""),
            "light = \"off\"",
            "threshold = \"0..1\"",
            "rotate = \"0\"",
        ] {
            assert!(text.lines().any(|shown| shown.starts_with(line)), "{line} is not in\n{text}");
        }
        assert!(!text.contains("crop = ") && !text.contains("shrink = "), "{text}");
    }
}

pub fn command_line() {
    let mut state = state(&[r"image:/tmp/a\, b's $HOME.png", "blur"]);
    state.source.input = Input::File("/tmp/it's me.mp4".into());
    state.picture.geometry.mirror = true;
    state.picture.shape.feather = 1.5;
    let line = state.command_line();
    // The shell takes it apart.
    let script = format!("set -- {line}; for word; do printf '%s\\n' \"$word\"; done");
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    let words: Vec<String> =
        String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect();
    let wanted = [
        "gpucam",
        "--effect",
        "image:/tmp/a\\, b's $HOME.png",
        "--effect",
        "blur",
        "--feather",
        "1.5",
        "--mirror",
        "--input",
        "/tmp/it's me.mp4",
    ];
    assert_eq!(words, wanted);
    cli::check(&words).expect("arguments that gpucam takes");
    // The control: without quotes the shell makes other words of it.
    let bare: Vec<&str> = line.split(' ').collect();
    assert_ne!(bare, wanted);
    assert_eq!(flags::command_line(&[]), "gpucam");
}

/// The window takes every flag that it writes: it opens itself again with them, and a preset keeps them.
pub fn own_flags() {
    let mut state = state(&["blur:20"]);
    state.picture.geometry.size = Some(Size::new(640, 360));
    (state.source.matrix, state.source.range) = (Some(Matrix::Bt709), Some(Range::Full));
    let flags = state.picture_flags().into_iter().chain(flags::source(&state.source));
    let flags: Vec<String> =
        flags.map(|(flag, value)| format!("--{flag}={}", value.unwrap_or_default())).collect();
    for flag in ["--output-size=640x360", "--matrix=709", "--range=full"] {
        assert!(flags.iter().any(|known| known == flag), "{flag} is not among {flags:?}");
    }
    let words = |flags: &[String]| {
        ["gpucam", "studio"].map(String::from).iter().chain(flags).cloned().collect::<Vec<_>>()
    };
    cli::check(&words(&flags)).expect("arguments that the window takes");
    // The control: a flag that it lacks.
    cli::check(&words(&[String::from("--output-alpha=mask.png")])).expect_err("no flag of the window");
}

/// Every flag of the picture is sent, or taken back.
pub fn sent() {
    let mut state = state(&["blur:20", "tint"]);
    state.picture.geometry.mirror = true;
    state.picture.shape.feather = 1.5;
    let sent = service::values(&state.picture_flags());
    let value = |flag: &str| sent.iter().find(|(name, _)| name == flag).map(|(_, value)| value.clone());
    let list = |items: &[&str]| Some(SetValue::List(items.iter().map(ToString::to_string).collect()));
    assert_eq!(value("effect"), list(&["blur:20", "tint"]));
    assert_eq!(value("mirror"), Some(SetValue::Switch(true)));
    assert_eq!(value("feather"), Some(SetValue::Text("1.5".into())));
    // What is off here is off there, whatever the configuration says; taking it back would leave that.
    assert!(["zoom", "flip", "mask-view"].iter().all(|flag| value(flag) == Some(SetValue::Switch(false))));
    assert_eq!(value("output-size"), None, "it cannot change while gpucam runs");
}

pub fn editor() {
    let path = Path::new("/tmp/x.wgsl");
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    assert_eq!(editor::commands(None, None, path), [words(&["xdg-open", "/tmp/x.wgsl"])]);
    let code = editor::commands(Some("code --wait"), None, path);
    assert_eq!(code[0], words(&["code", "--wait", "/tmp/x.wgsl"]));
    let vim = editor::commands(Some("/usr/bin/vim"), Some("foot".into()), path);
    assert_eq!(vim[0], words(&["foot", "-e", "/usr/bin/vim", "/tmp/x.wgsl"]));
    assert_eq!(vim.last(), Some(&words(&["xdg-open", "/tmp/x.wgsl"])));
}
