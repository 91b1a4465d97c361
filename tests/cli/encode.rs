//! Videos that ffmpeg encodes: what players read of them.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use gpucam::internals::Size;
use libtest_mimic::Trial;

use super::Workspace;
use crate::{support::test, video::ffmpeg::with_ffmpeg};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        with_ffmpeg("cli::encode::pictures_and_sound", pictures_and_sound),
        with_ffmpeg("cli::encode::an_odd_height", an_odd_height),
        with_ffmpeg("cli::encode::stopped_by_a_signal", stopped_by_a_signal),
        with_ffmpeg("cli::encode::failures", failures),
        test("cli::encode::without_ffmpeg", without_ffmpeg),
    ]
}

fn ffmpeg(workspace: &Workspace, program: &str, arguments: &str) -> Vec<u8> {
    let command = Command::new(program).args(arguments.split(' ')).current_dir(workspace.at(".")).output();
    let output = command.expect("ffmpeg");
    assert!(output.status.success(), "{program} {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What ffprobe says of a file, one word for each entry.
fn probe(workspace: &Workspace, name: &str, select: &str, entries: &str) -> Vec<String> {
    let arguments =
        format!("-v error -select_streams {select} -show_entries {entries} -of csv=p=0:nk=1 {name}");
    let text = String::from_utf8(ffmpeg(workspace, "ffprobe", &arguments)).unwrap();
    text.trim().split([',', '\n']).map(str::to_owned).collect()
}

/// A clip with sound, of 25 frames a second.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    let sources = "-f lavfi -i smptehdbars=s=320x180:r=25 -f lavfi -i sine=frequency=440";
    ffmpeg(&workspace, "ffmpeg", &format!("-nostdin -v error {sources} -t 2 -pix_fmt yuv420p talk.mp4"));
    workspace
}

fn run(workspace: &Workspace, line: &str) {
    workspace.gpucam(&format!("--effect none {line}")).without_adapter().run().silent();
}

/// The frames' Y, decoded by ffmpeg.
fn luma(workspace: &Workspace, name: &str) -> Vec<u8> {
    ffmpeg(
        workspace,
        "ffmpeg",
        &format!("-nostdin -v error -i {name} -fps_mode passthrough -pix_fmt gray -f rawvideo -"),
    )
}

/// Number, rate and content of the frames, colours that players are told of, and the input's sound as it was.
fn pictures_and_sound() {
    let workspace = workspace();
    run(&workspace, "-i talk.mp4 -o talk.y4m");
    let (want, frame) = (luma(&workspace, "talk.y4m"), Size::new(320, 180).area());
    assert_eq!(want.len(), 50 * frame);
    for (name, video, sound) in [
        ("a.mp4", "h264", "aac"),
        ("a.mkv", "h264", "aac"),
        ("a.mov", "h264", "aac"),
        ("a.webm", "vp9", "opus"),
    ] {
        run(&workspace, &format!("-i talk.mp4 -o {name}"));
        let of = |select: &str, entries: &str| probe(&workspace, name, select, entries);
        assert_eq!(
            of("v:0", "stream=codec_name,width,height,r_frame_rate"),
            [video, "320", "180", "25/1"],
            "{name}"
        );
        assert_eq!(
            of("v:0", "stream=pix_fmt,color_space,color_range"),
            ["yuv420p", "tv", "smpte170m"],
            "{name}"
        );
        assert_eq!(of("a:0", "stream=codec_name"), [sound], "{name}");
        let seconds: f64 = of("v", "format=duration")[0].parse().unwrap();
        assert!((1.95..2.15).contains(&seconds), "{name}: {seconds} s");
        let got = luma(&workspace, name);
        assert_eq!(got.len(), want.len(), "{name}: frames");
        let error = |got: &[u8]| {
            let sum: u64 = got.iter().zip(&want).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            sum as f64 / want.len() as f64
        };
        // Bars are easy to encode; their luma shifted by a pixel is several codes off.
        assert!(error(&got) < 1.0, "{name}: {} codes off", error(&got));
        assert!(error(&[&got[1..], &[0]].concat()) > 1.5, "control");
    }
    // Sound that is copied is the same sound, packet for packet.
    let sound = |name: &str| {
        ffmpeg(&workspace, "ffmpeg", &format!("-nostdin -v error -i {name} -map 0:a -c copy -f md5 -"))
    };
    assert_eq!(sound("a.mp4"), sound("talk.mp4"));
    // Without sound there is none; a part of the input has a part of its sound.
    run(&workspace, "-i talk.y4m -o silent.mp4");
    assert_eq!(probe(&workspace, "silent.mp4", "a", "stream=codec_name"), [""]);
    run(&workspace, "-i talk.mp4 --frames 25 -o part.mp4");
    let seconds: f64 = probe(&workspace, "part.mp4", "v", "format=duration")[0].parse().unwrap();
    assert!((0.95..1.2).contains(&seconds), "{seconds} s");
}

/// H.264 in 4:2:0 has even sides: the last row is left out.
fn an_odd_height() {
    let workspace = Workspace::new();
    run(&workspace, "-i testcard --size 64x37 --frames 3 -o a.mp4");
    assert_eq!(probe(&workspace, "a.mp4", "v:0", "stream=width,height,nb_frames"), ["64", "36", "3"]);
}

/// After Ctrl-C the file plays.
fn stopped_by_a_signal() {
    let workspace = Workspace::new();
    let size = Size::new(64, 36);
    let mut command = workspace.gpucam(&format!("--effect none -i - --size {size} -o a.mp4")).command;
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for _ in 0..30 {
        pipe.write_all(&vec![100; size.yuyv_bytes()]).unwrap();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let began = Instant::now();
    let status = loop {
        let _ = pipe.write_all(&vec![100; size.yuyv_bytes()]);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it did not stop");
    };
    assert_eq!(status.code(), Some(0));
    let frames: u64 =
        probe(&workspace, "a.mp4", "v:0", "stream=nb_frames")[0].parse().expect("a playable file");
    // A pipe holds 14 of the 30 frames that were certainly sent.
    assert!(frames >= 16, "{frames} frames");
}

/// ffmpeg's failure is ours, in one sentence; an older file stays. The one here ends after its list of encoders.
fn failures() {
    let workspace = Workspace::new();
    workspace.put("old.mp4", b"an older video");
    let script = "#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' V..... libx264 x';; *) echo 'no space' >&2; exit 1;; esac\n";
    let program = workspace.at("ffmpeg");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", workspace.at("").display(), std::env::var("PATH").unwrap());
    for name in ["a.mp4", "old.mp4"] {
        let line = format!("--effect none -i testcard --size 640x360 --frames 50 -o {name}");
        workspace.gpucam(&line).env("PATH", &path).run().refused(&[name, "ffmpeg", "no space", ".y4m"]);
    }
    assert_eq!(workspace.get("old.mp4"), b"an older video");
}

fn without_ffmpeg() {
    let workspace = Workspace::new();
    workspace.put("old.mp4", b"an older video");
    for name in ["a.mp4", "old.mp4"] {
        let line = format!("--effect none -i testcard --size 64x36 --frames 2 -o {name}");
        workspace.gpucam(&line).env("PATH", "/nonexistent").run().refused(&[name, "ffmpeg", "apt install"]);
    }
    assert!(!workspace.at("a.mp4").exists());
    assert_eq!(workspace.get("old.mp4"), b"an older video");
}
