//! Videos through ffmpeg: size, rate, colour and failures.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use gpucam::internals::{
    Colorimetry, Error, Matrix, Range, Size, VideoError,
    video::{Fps, InputOptions, Source, ffmpeg::FfmpegSource},
};
use libtest_mimic::Trial;

use super::{COLORIMETRIES, all, colour::encode, folder, read};
use crate::support::{Files, needs, test, trials::trial};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        needs(&[Files::Media], with_ffmpeg("video::ffmpeg::the_clip", the_clip)),
        with_ffmpeg("video::ffmpeg::colour_is_what_was_asked_for", colour_is_what_was_asked_for),
        with_ffmpeg("video::ffmpeg::untagged_hd_is_bt709", untagged_hd_is_bt709),
        with_ffmpeg("video::ffmpeg::size_and_rate", size_and_rate),
        with_ffmpeg("video::ffmpeg::shown_as_meant", shown_as_meant),
        with_ffmpeg("video::ffmpeg::no_video_in_it", no_video_in_it),
        test("video::ffmpeg::missing", missing),
        test("video::ffmpeg::hangs", hangs),
        test("video::ffmpeg::failures_are_one_sentence", failures_are_one_sentence),
        test("video::ffmpeg::no_child_is_left", no_child_is_left),
    ]
}

/// A test that needs the ffmpeg programs; ignored without them.
pub fn with_ffmpeg(name: &str, run: fn()) -> Trial {
    let there = |program: &str| {
        Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    let ready = move || match there("ffmpeg") && there("ffprobe") {
        true => Ok(()),
        false => Err("ffmpeg: sudo apt install ffmpeg".into()),
    };
    trial(name, ready, run)
}

/// Makes a video with ffmpeg.
pub(super) fn make(path: &Path, arguments: &[&str]) {
    assert!(try_make(path, arguments), "{arguments:?}");
}

/// Makes a video with ffmpeg, if it supports the format.
pub(super) fn try_make(path: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"]).args(arguments).arg(path);
    let out = command.output().unwrap();
    note!("{}", String::from_utf8_lossy(&out.stderr).trim_end());
    out.status.success()
}

fn the_clip() {
    let path = Files::Media.path("thoughtful-640x360.mp4");
    let (said, frames) = read(&path, &InputOptions::default());
    assert_eq!((said.size, said.fps), (Size::new(640, 360), Fps::new(30000, 1001)));
    assert_eq!(said.colorimetry, Colorimetry::default());
    let count = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-count_frames", "-of", "csv=p=0", "-show_entries"])
        .arg("stream=nb_read_frames")
        .arg(&path)
        .output()
        .unwrap();
    let count: usize = String::from_utf8_lossy(&count.stdout).trim().trim_end_matches(',').parse().unwrap();
    assert_eq!(frames.len(), count);
    assert!(frames.iter().all(|f| f.len() == said.size.yuyv_bytes()));
    // The frames have real content: in the first second no frame equals its predecessor, and none is flat.
    assert!(frames[..30].windows(2).all(|p| p[0] != p[1]));
    assert!(frames[0].iter().step_by(2).max().unwrap() - frames[0].iter().step_by(2).min().unwrap() > 100);

    let (_, first) = read(&path, &InputOptions { frames: Some(3), ..InputOptions::default() });
    assert!(first == frames[..3], "--frames 3 is the first three");
}

fn colour_is_what_was_asked_for() {
    let folder = folder();
    // Lossless R'G'B' and tagged BT.709 full range input: both must give the requested codes.
    let colour = [200.0, 40.0, 90.0].map(|v: f64| v / 255.0);
    let (rgb, hd) = (folder.path().join("rgb.mkv"), folder.path().join("hd.mkv"));
    let card = "color=c=0xC8285A:s=64x32:r=10:d=0.2,format=gbrp";
    make(&rgb, &[card, "-c:v", "ffv1"]);
    let to_709 = "scale=out_color_matrix=bt709:out_range=pc,format=yuv444p";
    let tags = ["-colorspace", "bt709", "-color_range", "pc", "-c:v", "ffv1"];
    make(&hd, &[&[card, "-vf", to_709][..], &tags[..]].concat());
    for path in [rgb, hd] {
        for c in COLORIMETRIES {
            let wanted =
                InputOptions { matrix: Some(c.matrix), range: Some(c.range), ..InputOptions::default() };
            let (said, frames) = read(&path, &wanted);
            assert_eq!(said.colorimetry, c);
            assert_eq!(frames.len(), 2);
            let worst = |meant: Colorimetry| {
                let [y, cb, cr] = encode(meant, colour);
                let off = frames[1].iter().zip([y, cb, y, cr].into_iter().cycle());
                off.map(|(&got, want)| (f64::from(got) - want).abs()).fold(0.0, f64::max)
            };
            // Two roundings and swscale's fixed-point arithmetic.
            assert!(worst(c) <= 2.0, "{} {c:?}: {}", path.display(), worst(c));
            let matrix = if c.matrix == Matrix::Bt601 { Matrix::Bt709 } else { Matrix::Bt601 };
            let range = if c.range == Range::Full { Range::Limited } else { Range::Full };
            assert!(worst(Colorimetry { matrix, ..c }) > 2.0, "{c:?}: the control passed");
            assert!(worst(Colorimetry { range, ..c }) > 2.0, "{c:?}: the control passed");
        }
    }
}

fn untagged_hd_is_bt709() {
    let folder = folder();
    let colour = [200.0, 40.0, 90.0].map(|v: f64| v / 255.0);
    for (height, matrix) in [(576, "bt601"), (720, "bt709")] {
        let path = folder.path().join(format!("{matrix}.y4m"));
        let card = format!("color=c=0xC8285A:s=64x{height}:r=10:d=0.1,format=gbrp");
        let coded = format!("scale=out_color_matrix={matrix}:out_range=tv,format=yuv444p");
        make(&path, &[&card, "-vf", &coded]);
        // .y4m has no matrix; under another extension ffmpeg decodes it.
        let video = path.with_extension("video");
        fs::rename(&path, &video).unwrap();
        let (_, frames) = read(&video, &InputOptions::default());
        let [y, cb, cr] = encode(Colorimetry::default(), colour);
        let off = frames[0].iter().zip([y, cb, y, cr].into_iter().cycle());
        let worst = off.map(|(&got, want)| (f64::from(got) - want).abs()).fold(0.0, f64::max);
        // Two roundings and swscale's fixed-point arithmetic; the other matrix would be 10 codes off.
        assert!(worst <= 2.0, "{height} rows: {worst}");
    }
}

fn size_and_rate() {
    let folder = folder();
    let path = folder.path().join("a.mkv");
    make(&path, &["testsrc2=s=200x100:r=30:d=1", "-c:v", "ffv1"]);
    for (size, fps, count) in [
        (None, None, 30),
        (Some(Size::new(100, 100)), None, 30),
        (Some(Size::new(646, 362)), Fps::new(10, 1), 10),
        (None, Fps::new(60, 1), 60),
    ] {
        let (said, frames) = read(&path, &InputOptions { size, fps, ..InputOptions::default() });
        assert_eq!(said.size, size.unwrap_or(Size::new(200, 100)));
        assert_eq!(said.fps, fps.or(Fps::new(30, 1)));
        assert_eq!(frames.len(), count);
        assert!(frames.iter().all(|f| f.len() == said.size.yuyv_bytes()));
    }
}

fn shown_as_meant() {
    let folder = folder();
    let size = |path: &Path| read(path, &InputOptions::default()).0.size;
    let (odd, wide) = (folder.path().join("odd.mkv"), folder.path().join("wide.mkv"));
    make(&odd, &["color=c=gray:s=65x33:r=10:d=0.1,format=gbrp", "-c:v", "ffv1"]);
    assert_eq!(size(&odd), Size::new(64, 33));
    // 720x576 of DV with a pixel aspect ratio of 64:45 is displayed at 1024x576.
    make(&wide, &["color=c=gray:s=720x576:r=10:d=0.1,setsar=64/45", "-c:v", "ffv1"]);
    assert_eq!(size(&wide), Size::new(1024, 576));
    // A portrait video of a phone: stored in landscape with a rotation tag.
    let (lying, upright) = (folder.path().join("lying.mp4"), folder.path().join("upright.mp4"));
    make(&lying, &["testsrc2=s=128x64:r=10:d=0.2", "-c:v", "mpeg4"]);
    let mut turn = Command::new("ffmpeg");
    turn.args(["-nostdin", "-v", "error", "-i"]).arg(&lying).args([
        "-c",
        "copy",
        "-metadata:s:v",
        "rotate=90",
    ]);
    assert!(turn.arg(&upright).status().unwrap().success());
    assert_eq!((size(&lying), size(&upright)), (Size::new(128, 64), Size::new(64, 128)));
}

fn no_video_in_it() {
    let folder = folder();
    let path = folder.path().join("sound.wav");
    make(&path, &["anullsrc=d=0.1"]);
    let e = open(OsStr::new("ffmpeg"), &path).err().unwrap();
    assert!(
        matches!(&e, Error::Video(VideoError::Ffmpeg { reason, .. }) if reason.contains("no streams")),
        "{e}"
    );
}

fn open(program: &OsStr, path: &Path) -> gpucam::internals::Result<FfmpegSource> {
    FfmpegSource::open_with(program, OsStr::new("/no/ffprobe"), path, &InputOptions::default())
}

fn missing() {
    let folder = folder();
    let path = folder.path().join("a.mp4");
    fs::write(&path, "x").unwrap();
    let e = open(OsStr::new("/no/ffmpeg"), &path).err().unwrap();
    assert!(matches!(e, Error::Video(VideoError::FfmpegMissing { .. })), "{e}");
    assert!(e.to_string().contains("sudo apt install ffmpeg"), "{e}");
}

/// A program that writes nothing and does not end is killed, at its start and in the middle of a frame.
fn hangs() {
    let folder = folder();
    for (name, before) in [("silent", ""), ("stuck", "printf 'YUV4MPEG2 W4 H2 F25:1 C422\\nFRAME\\n12345'; ")]
    {
        let (program, path) = pretender(folder.path(), name, &format!("{before}exec sleep 600"));
        let patience = Duration::from_millis(300);
        let probe = program.as_os_str();
        let source = FfmpegSource::open_within(probe, probe, &path, &InputOptions::default(), patience);
        let error = match source {
            Ok(mut source) => source.next().expect_err("half a picture"),
            Err(error) => error,
        };
        assert!(error.to_string().contains("ffmpeg gave nothing for 0.3 seconds"), "{name}: {error}");
    }
}

/// A program of this name in place of ffmpeg, and a file for it to read.
fn pretender(folder: &Path, name: &str, script: &str) -> (PathBuf, PathBuf) {
    let (program, path) = (folder.join(name), folder.join("a.mp4"));
    fs::write(&path, "x").unwrap();
    // Written by another process, so that no thread that forks meanwhile holds it open for writing.
    let mut write =
        Command::new("sh").args(["-c", "cat > \"$0\""]).arg(&program).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(write.stdin.as_mut().unwrap(), format!("#!/bin/sh\n{script}\n").as_bytes())
        .unwrap();
    drop(write.stdin.take());
    assert!(write.wait().unwrap().success());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (program, path)
}

fn failures_are_one_sentence() {
    let folder = folder();
    let header = "printf 'YUV4MPEG2 W2 H1 F25:1 C422\\n'";
    let run = |script: &str| {
        let (program, path) = pretender(folder.path(), "gpucam-ffmpeg-f", script);
        open(program.as_os_str(), &path).and_then(|mut source| all(&mut source))
    };
    let reason = |script: &str| match run(script) {
        Err(Error::Video(VideoError::Ffmpeg { reason, .. })) => reason,
        other => panic!("{script}: {other:?}"),
    };
    assert_eq!(
        reason("echo '[mov @ 0x12] moov atom not found' >&2; echo 'later' >&2; exit 1"),
        "moov atom not found"
    );
    assert_eq!(reason("exit 0"), "it has no frames");
    assert!(reason("exit 3").contains("exit status: 3"));
    assert_eq!(
        reason(&format!("{header}; printf 'FRAME\\nABCD'; echo 'out of ink' >&2; exit 1")),
        "out of ink"
    );
    // The output is cut off, although ffmpeg reports success.
    let cut = run(&format!("{header}; printf 'FRAME\\nABCDFRAME\\nAB'"));
    assert!(matches!(cut, Err(Error::Video(VideoError::CutOff { frame: 2, .. }))), "{cut:?}");
    // More error output than a pipe holds must neither block ffmpeg nor be an error.
    let noisy = "i=0; while [ $i -lt 9000 ]; do echo 'a complaint of some length' >&2; i=$((i+1)); done";
    assert_eq!(run(&format!("{header}; {noisy}; printf 'FRAME\\nABCD'")).unwrap(), [b"ACBD"]);
}

/// Processes with this name, including zombies.
fn running(name: &str) -> usize {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|e| fs::read_to_string(e.ok()?.path().join("comm")).ok());
    processes.filter(|comm| comm.trim() == name).count()
}

fn no_child_is_left() {
    let folder = folder();
    let name = format!("gc{}", std::process::id());
    let endless = "printf 'YUV4MPEG2 W2 H1 F25:1 C422\\n'; while printf 'FRAME\\nABCD'; do :; done";
    let (program, path) = pretender(folder.path(), &name, endless);
    let mut source = open(program.as_os_str(), &path).unwrap();
    assert_eq!(source.next().unwrap(), Some(&b"ACBD"[..]));
    assert_eq!(running(&name), 1, "the control: it is seen while it runs");
    drop(source);
    assert_eq!(running(&name), 0);
    // Read to the end, and a broken stream from a program that keeps running. It uses exec, as a child of a
    // shell first has the name of the shell.
    for script in [
        "printf 'YUV4MPEG2 W2 H1 F25:1 C422\\n'",
        "printf 'YUV4MPEG2 W2 H1 F25:1 C422\\nnonsense\\n'; while :; do :; done",
    ] {
        let (program, path) = pretender(folder.path(), &name, script);
        let mut source = open(program.as_os_str(), &path).unwrap();
        assert_ne!(source.next().ok(), Some(Some(&b"ACBD"[..])));
        drop(source);
        assert_eq!(running(&name), 0, "{script}");
    }
}
