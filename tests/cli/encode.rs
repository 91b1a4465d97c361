//! Videos that ffmpeg encodes: what players read of them.

use std::{
    fs,
    io::Write,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use gpucam::internals::Size;
use libtest_mimic::Trial;

use super::Workspace;
use crate::{support::test, video::ffmpeg::with_ffmpeg};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        with_ffmpeg("cli::encode::pictures_and_sound", pictures_and_sound),
        with_ffmpeg("cli::encode::frame_times", frame_times),
        with_ffmpeg("cli::encode::a_recording_without_a_rate", a_recording_without_a_rate),
        with_ffmpeg("cli::encode::a_phone_on_its_side", a_phone_on_its_side),
        with_ffmpeg("cli::encode::remaining_time", remaining_time),
        with_ffmpeg("cli::encode::stopped_in_a_video", stopped_in_a_video),
        with_ffmpeg("cli::encode::an_odd_height", an_odd_height),
        with_ffmpeg("cli::encode::stopped_by_a_signal", stopped_by_a_signal),
        with_ffmpeg("cli::encode::failures", failures),
        test("cli::encode::failures_at_the_end", failures_at_the_end),
        test("cli::encode::stopped_on_a_terminal", stopped_on_a_terminal),
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

/// Makes a video of 64x36 whose luma is `expression` of T, the time in seconds, and N, the frame's number.
fn clip(workspace: &Workspace, name: &str, luma: &str, more: &str) {
    let source = format!("color=c=gray:s=64x36:r=30:d=6,format=yuv420p,geq=lum='{luma}':cb=128:cr=128");
    ffmpeg(
        workspace,
        "ffmpeg",
        &format!("-nostdin -v error -f lavfi -i {source}{more} -pix_fmt yuv420p {name}"),
    );
}

/// The mean luma that a player shows at each tenth of a second.
fn shown(workspace: &Workspace, name: &str) -> Vec<f64> {
    let arguments = format!("-nostdin -v error -i {name} -vf fps=10 -pix_fmt gray -f rawvideo -");
    let frames = ffmpeg(workspace, "ffmpeg", &arguments);
    frames
        .chunks_exact(64 * 36)
        .map(|frame| frame.iter().map(|&y| f64::from(y)).sum::<f64>() / 2304.0)
        .collect()
}

/// The largest difference; those of a missing end count as 255.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    let common = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    if a.len().abs_diff(b.len()) > 1 { 255.0 } else { common }
}

/// A video with gaps, in which the luma is the clock: 30 codes a second. Each picture is shown when it was.
fn frame_times() {
    let workspace = Workspace::new();
    let gaps = ",select='not(between(t,2,3.2))*not(eq(mod(n,7),2))' -fps_mode vfr";
    clip(&workspace, "phone.mp4", "40+30*T", gaps);
    run(&workspace, "-i phone.mp4 -o a.mp4");
    let want = shown(&workspace, "phone.mp4");
    assert!(want.len() > 55, "{} tenths of a second", want.len());
    let off = apart(&shown(&workspace, "a.mp4"), &want);
    // A tenth of a second is three codes: a picture that comes a thirtieth earlier may be in the tenth before.
    note!("{off:.2} codes, that is {:.0} ms", 1000.0 * off / 30.0);
    assert!(off < 3.5, "{off} codes");
    // The control: the same frames one after the other, without their times.
    ffmpeg(
        &workspace,
        "ffmpeg",
        "-nostdin -v error -i phone.mp4 -vf setpts=N/30/TB -fps_mode passthrough b.mp4",
    );
    assert!(apart(&shown(&workspace, "b.mp4"), &want) > 10.0, "control");
}

/// A browser's recording: frames when they came, in milliseconds, without a rate.
fn a_recording_without_a_rate() {
    let workspace = Workspace::new();
    let jitter = ",settb=1/90000,setpts='PTS+0.02*random(0)/TB' -fps_mode passthrough -enc_time_base 1/1000 -c:v libvpx";
    clip(&workspace, "meeting.webm", "40+30*T", jitter);
    assert_eq!(
        probe(&workspace, "meeting.webm", "v:0", "stream=r_frame_rate,avg_frame_rate"),
        ["1000/1", "0/0"]
    );
    run(&workspace, "-i meeting.webm -o a.mp4");
    let frames: u64 = probe(&workspace, "a.mp4", "v:0", "stream=nb_frames")[0].parse().unwrap();
    assert!((150..=400).contains(&frames), "{frames} frames of 180");
    let off = apart(&shown(&workspace, "a.mp4"), &shown(&workspace, "meeting.webm"));
    note!("{frames} frames, {off:.2} codes");
    assert!(off < 2.5, "{off} codes");
    // What is asked for counts.
    run(&workspace, "-i meeting.webm --fps 10 -o b.mp4");
    let frames: u64 = probe(&workspace, "b.mp4", "v:0", "stream=nb_frames")[0].parse().unwrap();
    assert!((58..=62).contains(&frames), "{frames} frames at 10 a second");
}

/// A portrait video, stored lying down with a tag that turns it, is upright in the file, and not turned twice.
fn a_phone_on_its_side() {
    let workspace = Workspace::new();
    // White on the left, which the tag makes the bottom.
    clip(&workspace, "stored.mp4", "if(lt(X,32),220,40)", "");
    ffmpeg(
        &workspace,
        "ffmpeg",
        "-nostdin -v error -i stored.mp4 -c copy -metadata:s:v:0 rotate=90 phone.mp4",
    );
    run(&workspace, "-i phone.mp4 --frames 5 -o a.mp4");
    let tags = "stream=width,height:stream_side_data=rotation";
    assert_eq!(probe(&workspace, "a.mp4", "v:0", tags), ["36", "64"]);
    // Upright as ffmpeg shows it, which is white at one end and not at the other.
    let [got, want] = ["a.mp4", "phone.mp4"].map(|name| luma(&workspace, name)[..36 * 64].to_vec());
    let off = |want: &[u8]| got.iter().zip(want).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(off(&want) < 12, "{} codes off", off(&want));
    let upside_down: Vec<u8> = want.iter().rev().copied().collect();
    assert!(off(&upside_down) > 100, "control");
    assert_eq!(probe(&workspace, "stored.mp4", "v:0", tags), ["64", "36"], "control");
}

/// On a terminal, a run says how many frames there are and how long it still takes.
fn remaining_time() {
    let workspace = Workspace::new();
    clip(&workspace, "talk.mp4", "40+30*T", "");
    let gpucam = workspace.gpucam("").command.get_program().to_string_lossy().into_owned();
    let line = format!("{gpucam} --effect none -i talk.mp4 -o a.mp4");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(workspace.at(".")).stdin(Stdio::null());
    script.env("TERM", "xterm").env("XDG_CONFIG_HOME", workspace.at("config"));
    let Ok(output) = script.output() else {
        note!("not tested: there is no `script`, which makes a terminal");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("/180 frames") && text.contains(" left"), "{text}");
}

/// Ctrl-C in a video: what is done plays, with its sound, the exit code says that it is a part, and an older file of
/// that name stays as it was.
fn stopped_in_a_video() {
    let workspace = Workspace::new();
    // Noise, so that every frame adds to the file.
    let sources =
        "-f lavfi -i color=c=gray:s=320x180:r=25,noise=alls=60:allf=t -f lavfi -i sine=frequency=440";
    ffmpeg(&workspace, "ffmpeg", &format!("-nostdin -v error {sources} -t 60 -preset ultrafast talk.mp4"));
    workspace.put("old.mp4", b"an older video");
    for name in ["a.mp4", "old.mp4"] {
        let mut command = workspace.gpucam(&format!("--effect none -i talk.mp4 -o {name}")).command;
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let written = || -> u64 {
            let files = fs::read_dir(workspace.at(".")).unwrap().map(|entry| entry.unwrap());
            let of_run = |file: &fs::DirEntry| {
                let is_part = file.file_name().to_string_lossy().starts_with(name);
                is_part.then(|| file.metadata().map_or(0, |about| about.len()))
            };
            files.filter_map(|file| of_run(&file)).sum()
        };
        let began = Instant::now();
        while written() < 300_000 {
            assert!(began.elapsed() < Duration::from_secs(60), "{} bytes after a minute", written());
            thread::sleep(Duration::from_millis(20));
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("stopped before the end"), "{said}");
        let file = match name {
            "a.mp4" => name.to_owned(),
            _ => {
                assert_eq!(workspace.get(name), b"an older video");
                let parts = fs::read_dir(workspace.at(".")).unwrap();
                let mut parts = parts.map(|entry| entry.unwrap().file_name().into_string().unwrap());
                parts.find(|part| part.starts_with("old.mp4.")).expect("the part, beside the older file")
            }
        };
        let seconds = |select: &str| -> f64 {
            probe(&workspace, &file, select, "stream=duration")[0].parse().expect("a playable file")
        };
        let (picture, sound) = (seconds("v:0"), seconds("a:0"));
        note!("{name}: {picture:.2} s of picture, {sound:.2} s of sound");
        assert!(picture > 0.2 && picture < 59.0, "{picture} s");
        assert!((picture - sound).abs() < 1.0, "{picture} s of picture, {sound} s of sound");
    }
}

/// Ctrl-C reaches the terminal's whole process group: the decoder's end is no failure to read.
fn stopped_on_a_terminal() {
    let workspace = Workspace::new();
    workspace.put("talk.mp4", b"a video");
    let send = "trap 'exit 255' INT; echo 'YUV4MPEG2 W16 H8 F30:1 C422'; while :; do echo FRAME; head -c 256 /dev/zero; sleep 0.5; done";
    let path = pretender(&workspace, send);
    let program = workspace.at("ffprobe");
    fs::write(&program, "#!/bin/sh\necho nb_frames=1000\necho avg_frame_rate=30/1\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut gpucam =
        workspace.gpucam("--no-sandbox --effect none -i talk.mp4 -o a.y4m").env("PATH", path).command;
    gpucam.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let child = gpucam.spawn().unwrap();
    let began = Instant::now();
    while fs::metadata(workspace.at("a.y4m")).map_or(0, |about| about.len()) < 600 {
        assert!(began.elapsed() < Duration::from_secs(60), "no frames");
        thread::sleep(Duration::from_millis(20));
    }
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(said.contains("stopped before the end") && !said.contains("cannot read"), "{said}");
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

/// Makes a program called ffmpeg that lists an encoder, and else does this. Gives a PATH that finds it first. In the
/// sandbox it starts no other program.
fn pretender(workspace: &Workspace, encode: &str) -> String {
    let list = "case \"$*\" in *-encoders*) echo ' V..... libx264 x'; exit;; esac";
    let program = workspace.at("ffmpeg");
    fs::write(&program, format!("#!/bin/sh\n{list}\n{encode}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", workspace.at("").display(), std::env::var("PATH").unwrap())
}

/// What ended at its very end stays beside the older file, and does not replace it.
fn failures_at_the_end() {
    let workspace = Workspace::new();
    workspace.put("old.mp4", b"an older video");
    let path = pretender(&workspace, "for last; do :; done; cat > \"${last#file:}\"; exit 1");
    let line = "--no-sandbox --effect none -i testcard --size 64x36 --frames 3 -o old.mp4";
    let failed = workspace.gpucam(line).env("PATH", &path).run();
    assert_eq!(failed.code, Some(1), "{failed}");
    assert!(failed.err.contains("old.mp4 stays as it was"), "{failed}");
    assert_eq!(workspace.get("old.mp4"), b"an older video");
    let files = fs::read_dir(workspace.at(".")).unwrap().map(|entry| entry.unwrap().path());
    let parts: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "part")).collect();
    assert_eq!(parts.len(), 1, "{parts:?}");
    let part = fs::read(&parts[0]).unwrap();
    assert_eq!(part.windows(6).filter(|bytes| bytes == b"FRAME\n").count(), 3);
    // The control: without an error it takes its place, and no other part is left.
    let path = pretender(&workspace, "for last; do :; done; cat > \"${last#file:}\"");
    workspace.gpucam(line).env("PATH", &path).run().silent();
    assert!(workspace.get("old.mp4") == part);
}

/// ffmpeg's failure is ours, in one sentence; an older file stays. The one here ends after its list of encoders.
fn failures() {
    let workspace = Workspace::new();
    workspace.put("old.mp4", b"an older video");
    let path = pretender(&workspace, "echo 'no space' >&2; exit 1");
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
