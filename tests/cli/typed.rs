//! What people type in their first minutes: short flags, other spellings, inputs without a flag, pipes, Ctrl-C.

use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use gpucam::internals::{Colorimetry, Size, Yuyv};
use image::RgbImage;
use libtest_mimic::Trial;

use super::{Invocation, Workspace, noise};
use crate::support::{Files, gpu_test, limits::unlimited, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        gpu_test("cli::typed::short_forms", short_forms),
        test("cli::typed::an_input_without_its_flag", an_input_without_its_flag),
        test("cli::typed::flags_that_do_nothing", flags_that_do_nothing),
        test("cli::typed::standard_output", standard_output),
        test("cli::typed::a_terminal", a_terminal),
        test("cli::typed::a_picture_on_standard_input", a_picture_on_standard_input),
        test("cli::typed::an_older_video", an_older_video),
        test("cli::typed::stopped_by_a_signal", stopped_by_a_signal),
        test("cli::typed::stopped_before_its_end", stopped_before_its_end),
        test("cli::typed::ends_without_c_s_exit", ends_without_c_s_exit),
        test("cli::typed::one_effect", one_effect),
        test("cli::typed::before_a_command", before_a_command),
        unlimited("GPU timestamps", needs(&[Files::MODEL], gpu_test("cli::typed::timings", timings))),
        needs(&[Files::MODEL], gpu_test("cli::typed::an_endless_loop", an_endless_loop)),
        unlimited(
            "a kept cache of pipelines",
            needs(&[Files::MODEL], gpu_test("cli::typed::the_first_start", the_first_start)),
        ),
    ]
}

const SIZE: Size = Size::new(64, 36);

/// A folder with a picture, me.png, and a video of three frames, a.yuyv.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    RgbImage::from_fn(64, 36, |x, y| image::Rgb([4 * x as u8, 7 * y as u8, 90]))
        .save(workspace.at("me.png"))
        .unwrap();
    workspace.put("a.yuyv", &noise(3 * SIZE.yuyv_bytes(), 1));
    workspace
}

fn short_forms() {
    let workspace = workspace();
    let made = |line: &str| {
        let line = format!("--effect none --offline --input a.yuyv --size {SIZE} --output b.yuyv {line}");
        workspace.gpucam(&line).run().silent();
        workspace.get("b.yuyv")
    };
    assert_eq!(made("--rotate -90"), made("--rotate 270"));
    assert_eq!(made("--rotate -180"), made("--rotate 180"));
    assert_ne!(made("--rotate -90"), made("--rotate 90"), "control: another turn");
    workspace.gpucam(&format!("--effect NONE -i a.yuyv --size {SIZE} -o c.yuyv")).run().silent();
    assert_eq!(workspace.get("c.yuyv"), workspace.get("a.yuyv"));
    // --follow takes its factor after a space too; it needs a model, which this run is denied.
    for follow in ["--follow 2", "--follow=2", "--follow"] {
        let line = format!("--offline --input a.yuyv --size {SIZE} --output b.yuyv {follow}");
        workspace.gpucam(&line).run().refused(&["selfie-landscape"]);
    }
}

fn an_input_without_its_flag() {
    let workspace = workspace();
    workspace.gpucam("me.png").run().misused(&["gpucam --input me.png --output out.png"]);
    workspace.gpucam("--effect blur me.png").run().misused(&["gpucam --input me.png --output out.png"]);
    workspace.gpucam("testcard").run().misused(&["gpucam --input testcard --output out.mp4"]);
    workspace.put("talk.mp4", b"");
    workspace.gpucam("talk.mp4").run().misused(&["gpucam --input talk.mp4 --output out.mp4"]);
    workspace.gpucam("mask me.png").run().misused(&["gpucam mask --input me.png --output out.png"]);
    // The value of an effect, and other programs' flags.
    workspace.gpucam("--effect blur 20").run().misused(&["--effect blur:20"]);
    workspace.gpucam("--effect image me.png").run().misused(&["--effect image:me.png"]);
    for (line, tip) in [
        ("--blur 20", "gpucam --effect blur:20"),
        ("--background=me.png", "gpucam --effect image:beach.jpg"),
        ("--list-effects", "tip: gpucam effects"),
        ("--device /dev/video0", "gpucam --camera NAME"),
        ("-W 1280", "gpucam --size 1280x720"),
    ] {
        workspace.gpucam(line).run().misused(&[tip]);
    }
    // The control: no file, so no tip about one.
    let outcome = workspace.gpucam("paint").run();
    outcome.misused(&["paint"]);
    assert!(!outcome.err.contains("--input"), "{outcome}");
    workspace.gpucam("effect").run().misused(&["effects"]);
}

fn flags_that_do_nothing() {
    let workspace = workspace();
    let run = |line: &str| {
        workspace
            .gpucam(&format!("--effect none --input a.yuyv --size {SIZE} {line}"))
            .without_adapter()
            .run()
    };
    for flag in ["--on-demand", "--max-mask-age 100", "--on-demand --grace 2"] {
        let name = flag.split(' ').next().unwrap();
        run(&format!("--output b.yuyv {flag}")).misused(&[name, "virtual camera", "b.yuyv"]);
    }
    run("--output b.yuyv --keep-room").misused(&["--keep-room", "virtual camera", "b.yuyv"]);
    run("--output b.yuyv --grace 2").misused(&["--grace", "--on-demand"]);
    run("--output b.yuyv --format mjpg").misused(&["--format", "--input"]);
    run("--output b.yuyv --frame 2").misused(&["--frame", "b.yuyv", ".png"]);
    run("--output b.yuyv --output-format y4m").misused(&["--output-format", "--output -", "b.yuyv"]);
    run("--output /dev/video99 --output-format y4m").misused(&["--output-format", "virtual camera"]);
    run("--output /dev/video99 --frame 3").misused(&["--frame", "virtual camera"]);
    assert!(!workspace.at("b.yuyv").exists());
    run("--output b.png --frame 2").silent();
    run("--output b.yuyv").silent();
}

fn standard_output() {
    let workspace = workspace();
    let bytes = workspace.get("a.yuyv");
    let written = |line: &str| {
        let line = format!("--effect none --input a.yuyv --size {SIZE} {line}");
        workspace.gpucam(&line).without_adapter().run().silent().out.clone()
    };
    workspace.gpucam(&format!("--effect none -i a.yuyv --size {SIZE} -o b.y4m")).run().silent();
    let y4m = workspace.get("b.y4m");
    for output in ["-", "/dev/stdout", "pipe:", "pipe:1", "- --output-format y4m"] {
        assert!(written(&format!("--output {output}")) == y4m, "{output}");
    }
    assert!(written("--output - --output-format yuyv") == bytes);
    assert!(y4m.starts_with(b"YUV4MPEG2 ") && y4m != bytes, "control: the formats differ");
}

/// Runs a line of the shell on a terminal, which util-linux's script lends. Gives its exit code and what the
/// terminal shows.
fn on_terminal(invocation: Invocation, line: &str) -> (Option<i32>, String) {
    let gpucam = env!("CARGO_BIN_EXE_gpucam");
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{gpucam} {line}"), "/dev/null"]).stdin(Stdio::null());
    script.current_dir(invocation.command.get_current_dir().unwrap());
    for (name, value) in invocation.command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let script = script.output().expect("script, of util-linux");
    (script.status.code(), String::from_utf8_lossy(&script.stdout).into_owned())
}

/// A terminal gets no frames.
fn a_terminal() {
    let workspace = workspace();
    let on_terminal = |output: &str| {
        let line = format!("--effect none --input a.yuyv --size {SIZE} --output {output}");
        on_terminal(workspace.gpucam(""), &line)
    };
    let (code, words) = on_terminal("-");
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("a terminal") && words.contains("| mpv -"), "{words}");
    let (code, words) = on_terminal("- 2>/dev/null | wc -c");
    assert_eq!((code, words.trim().parse::<usize>().is_ok()), (Some(0), true), "control: a pipe, {words}");
}

fn a_picture_on_standard_input() {
    let workspace = workspace();
    workspace.gpucam("--effect none --input me.png --output b.png").without_adapter().run().silent();
    let want = workspace.get("b.png");
    let picture = image::open(workspace.at("me.png")).unwrap().into_rgb8();
    for ending in ["png", "webp"] {
        let name = format!("copy.{ending}");
        picture.save(workspace.at(&name)).unwrap();
        for input in ["-", "/dev/stdin", "pipe:0"] {
            let line = format!("--effect none --input {input} --output c.png");
            workspace.gpucam(&line).stdin(&workspace.get(&name)).run().silent();
            assert!(workspace.get("c.png") == want, "{name} through {input}");
        }
    }
    let yuyv = Yuyv::from_rgb8(SIZE, Colorimetry::default(), &picture);
    assert_eq!(
        image::open(workspace.at("c.png")).unwrap().into_rgb8().into_raw(),
        yuyv.to_rgb8(Colorimetry::default())
    );
    // The control: something else needs --size.
    let line = "--effect none --input - --output c.png";
    workspace.gpucam(line).stdin(&noise(500, 3)).run().unusable(&["raw YUYV", "--size"]);
}

/// A video replaces an older one when it is complete, and not before.
fn an_older_video() {
    let workspace = workspace();
    let old = b"an older video".as_slice();
    workspace.put("b.y4m", old).put("real.y4m", old);
    fs::set_permissions(workspace.at("b.y4m"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.y4m", workspace.at("link.y4m")).unwrap();
    let line = |input: &str, output: &str| {
        workspace.gpucam(&format!("--effect none --input {input} --size {SIZE} --output {output}")).run()
    };
    // An input without a whole frame, then one that is cut off in its third.
    line("none.yuyv", "b.y4m").refused(&["none.yuyv"]);
    workspace.put("header.y4m", b"YUV4MPEG2 W64 H36 F30:1 C422\n");
    line("header.y4m", "b.y4m").refused(&[
        "header.y4m",
        "it has no frame",
        "check the program that wrote it",
    ]);
    assert!(workspace.get("b.y4m") == old, "nothing replaced a whole video");
    let cut = || workspace.get("a.yuyv")[1..].to_vec();
    let from_pipe = |output: &str| {
        workspace
            .gpucam(&format!("--effect none --input - --size {SIZE} --output {output}"))
            .stdin(&cut())
            .run()
    };
    let failed = from_pipe("b.y4m");
    assert_eq!(failed.code, Some(1), "{failed}");
    assert!(failed.err.contains("b.y4m stays as it was") && failed.err.contains(".part"), "{failed}");
    assert!(workspace.get("b.y4m") == old, "half a video replaced a whole one");
    let parts: Vec<_> = fs::read_dir(workspace.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "part"))
        .collect();
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert!(fs::read(&parts[0]).unwrap().starts_with(b"YUV4MPEG2 "));
    // A new file keeps what was written before the error, and is not left without a frame.
    assert_eq!(from_pipe("new.y4m").code, Some(1));
    assert_eq!(workspace.get("new.y4m").windows(6).filter(|w| w == b"FRAME\n").count(), 2);
    let empty = workspace.gpucam(&format!("--effect none --input - --size {SIZE} --output none.y4m"));
    empty.stdin(b"short").run().refused(&["left over"]);
    assert!(!workspace.at("none.y4m").exists());
    // A complete one replaces the old one, under its rights; a link stays one.
    line("a.yuyv", "b.y4m").silent();
    line("a.yuyv", "link.y4m").silent();
    assert!(workspace.get("b.y4m").starts_with(b"YUV4MPEG2 "));
    assert_eq!(workspace.get("real.y4m"), workspace.get("b.y4m"));
    assert!(fs::symlink_metadata(workspace.at("link.y4m")).unwrap().is_symlink());
    assert_eq!(fs::metadata(workspace.at("b.y4m")).unwrap().permissions().mode() & 0o777, 0o640);
}

/// Ctrl-C finishes the file. The pipe still gives frames, so only the signal ends the run.
fn stopped_by_a_signal() {
    let workspace = workspace();
    let line = format!("--effect none --input - --size {SIZE} --output b.y4m");
    let mut command = workspace.gpucam(&line).command;
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let began = Instant::now();
    while !workspace.at("b.y4m").exists() {
        pipe.write_all(&noise(SIZE.yuyv_bytes(), 1)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(60), "it never began");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    // It ends with the frame in hand; until then the pipe is read.
    let status = loop {
        let _ = pipe.write_all(&noise(SIZE.yuyv_bytes(), 1));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it did not stop");
    };
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert_eq!((status.code(), words.as_str()), (Some(0), ""), "a stream without an end has no middle");
    let y4m = workspace.get("b.y4m");
    let header = y4m.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    assert_eq!((y4m.len() - header) % (6 + SIZE.yuyv_bytes()), 0, "a frame is cut off");
}

/// -v goes before a command as well as after it; a flag of a run does not.
fn before_a_command() {
    let workspace = workspace();
    for line in ["-v effects blur", "effects blur -v", "--verbose devices", "-vv devices"] {
        workspace.gpucam(line).run().fine();
    }
    workspace
        .gpucam("--effect blur mask -i me.png -o b.png")
        .run()
        .misused(&["--effect", "mask", "after it"]);
    workspace.gpucam("--output b.png effects").run().misused(&["--output", "effects"]);
}

/// A library of this C text, for LD_PRELOAD.
fn preloaded(folder: &Path, text: &str) -> PathBuf {
    let (source, library) = (folder.join("preloaded.c"), folder.join("preloaded.so"));
    fs::write(&source, text).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().unwrap().success());
    library
}

/// No destructor of a library runs at the end: threads in a driver may still use what it destroys. With llvmpipe, that
/// ended gpucam with signal 11 now and then when it was stopped while it compiled. The control is a program that ends
/// as usual.
fn ends_without_c_s_exit() {
    let folder = tempfile::tempdir().unwrap();
    let library = preloaded(
        folder.path(),
        "#include <unistd.h>\n__attribute__((destructor)) static void end(void) { _exit(77); }\n",
    );
    let ends = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).env("LD_PRELOAD", &library).env("GPUCAM_CONFIG", "none");
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(ends("ls", &["/"]), Some(77));
    assert_eq!(ends(env!("CARGO_BIN_EXE_gpucam"), &["effects"]), Some(0));
    assert_eq!(
        ends(env!("CARGO_BIN_EXE_gpucam"), &["-i", "no-such-file", "-o", "no-such-file.png"]),
        Some(1)
    );
}

/// A video that is stopped before the end of its input does not replace an older one.
fn stopped_before_its_end() {
    let workspace = Workspace::new();
    workspace.put("b.y4m", b"an older video");
    // A picture that is repeated for hours: an input with an end.
    RgbImage::new(64, 36).save(workspace.at("me.png")).unwrap();
    let line = "--effect none --input me.png --frames 100000000 --output b.y4m";
    let child = workspace.gpucam(line).command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (began, mut part) = (Instant::now(), None);
    while part.is_none() {
        let files = fs::read_dir(workspace.at(".")).unwrap().map(|entry| entry.unwrap());
        let is_part = |file: &fs::DirEntry| {
            file.path().extension().is_some_and(|e| e == "part") && file.metadata().unwrap().len() > 0
        };
        part = files.into_iter().find(is_part);
        assert!(began.elapsed() < Duration::from_secs(60), "it never began");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let words = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{words}");
    assert!(words.contains("stopped before the end") && words.contains("b.y4m stays as it was"), "{words}");
    assert_eq!(workspace.get("b.y4m"), b"an older video");
    assert!(part.unwrap().metadata().unwrap().len() > 0, "the frames until then stay");
}

fn one_effect() {
    let text = |line: &str| Workspace::new().gpucam(line).run().silent().text().to_owned();
    let blur = text("effects blur");
    for words in ["strength=0..40", "(blur:VALUE sets it)", "Example: gpucam --effect blur:12,shape=disc"] {
        assert!(blur.contains(words), "no '{words}' in {blur}");
    }
    assert!(!blur.contains("pixelate"), "{blur}");
    assert!(text("effects").contains("(pixelate:VALUE sets it)"));
    assert_eq!(text("effects COLOR"), text("effects colour"));
    Workspace::new().gpucam("effects blurr").run().unusable(&["'blurr'", "did you mean 'blur'?"]);
    Workspace::new().gpucam("effects none.wgsl").run().refused(&["none.wgsl", "no such file"]);
    // Every example works as it is printed, but for the file's name.
    for spec in gpucam::internals::effects::ALL {
        let list = text(&format!("effects {}", spec.name));
        let example = list.lines().last().unwrap().split_once("--effect ").expect("an example").1;
        if !example.contains("FILE") {
            example
                .parse::<gpucam::internals::effects::Effects>()
                .unwrap_or_else(|e| panic!("{example}: {e}"));
        }
    }
}

/// Times come for a single picture, and after Ctrl-C.
fn timings() {
    let workspace = workspace();
    let outcome = workspace.gpucam("--timings --input me.png --output b.png").models().run();
    for words in ["p50 ms", "whole frame, GPU", "composite"] {
        assert!(outcome.fine().contains(words), "no '{words}': {outcome}");
    }
    let untimed = workspace.gpucam("--input me.png --output c.png").models().run();
    assert!(!untimed.fine().contains("p50 ms"));
    assert!(workspace.get("b.png") == workspace.get("c.png"), "timing changes the picture");

    let mut command =
        workspace.gpucam("--timings --input testcard --size 64x36 --output b.y4m").models().command;
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while fs::metadata(workspace.at("b.y4m")).map_or(0, |data| data.len()) < 4 * SIZE.yuyv_bytes() as u64 {
        assert!(began.elapsed() < Duration::from_secs(100), "no frames");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let words = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{words}");
    assert!(words.contains("p50 ms") && words.contains("composite"), "{words}");
}

/// An effect that cannot be drawn is an error where a file was asked for.
fn an_endless_loop() {
    let workspace = workspace();
    workspace.put("loop.wgsl", b"fn effect(in: Input) -> vec3f {\n    loop { }\n    return in.frame;\n}");
    workspace.put(
        "fine.wgsl",
        b"fn effect(in: Input) -> vec3f {\n    for (var i = 0; i < 9; i++) { }\n    return in.frame;\n}",
    );
    let run = |shader: &str, rest: &str| {
        workspace.gpucam(&format!("--effect custom:{shader} {rest}")).models().run()
    };
    run("loop.wgsl", "--input me.png --output b.png").refused(&["loop.wgsl:2", "16384", "correct it"]);
    let video = format!("--input a.yuyv --size {SIZE} --output b.y4m");
    run("loop.wgsl", &video).refused(&["loop.wgsl:2", "16384"]);
    assert!(
        !workspace.at("b.png").exists() && !workspace.at("b.y4m").exists(),
        "a picture without the effect"
    );
    run("fine.wgsl", "--input me.png --output b.png").silent();
    run("fine.wgsl", &video).silent();
}

/// A disk that takes a second for each file of gpucam's cache, and long enough for the picture that the picture is
/// ready after a thread has begun to write the cache, and before it has written it.
const SLOW_DISK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
int open64(const char *path, int flags, ...) {
    int (*real)(const char *, int, int) = dlsym(RTLD_NEXT, "open64");
    const char *end = strrchr(path, '.');
    if (end && strcmp(end, ".png") == 0 && (flags & O_CREAT)) usleep(300000);
    if (strstr(path, "/cache/gpucam/.gpucam-")) sleep(1);
    return real(path, flags, 0600);
}
"#;

/// The first start says why it takes long, on a terminal and in the log; the second one does not, however long the first
/// one's disk took. With -v the log
/// names the input, the model and the adapter. Without a runtime folder Mesa's own messages do not come.
fn the_first_start() {
    const COMPILING: &str = "compiling shaders for ";
    let workspace = workspace();
    let start = |line: &str| {
        let cache = workspace.at("cache");
        workspace.gpucam(line).models().env("XDG_CACHE_HOME", &cache).env("MESA_SHADER_CACHE_DIR", cache)
    };
    let line = "--input me.png --output b.png";
    let slow_disk = preloaded(&workspace.at("."), SLOW_DISK);
    let first = on_terminal(start("").env("LD_PRELOAD", slow_disk), line);
    let second = on_terminal(start(""), line);
    assert!(first.0 == Some(0) && first.1.contains(COMPILING), "{first:?}");
    assert!(second.0 == Some(0) && !second.1.contains(COMPILING), "{second:?}");
    fs::remove_dir_all(workspace.at("cache")).unwrap();
    let (first, second) = (start(&format!("-v {line}")).run(), start(&format!("-v {line}")).run());
    for words in [COMPILING, "64x36", "BT.601", "selfie_segmentation_landscape.tflite", "adapter=", "driver="]
    {
        assert!(first.fine().contains(words), "no '{words}': {first}");
    }
    assert!(!second.fine().contains(COMPILING), "{second}");
    let mut without = start(line);
    without.command.env_remove("XDG_RUNTIME_DIR").env("TMPDIR", workspace.0.path());
    without.run().silent();
}
