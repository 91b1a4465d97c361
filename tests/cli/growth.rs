//! A run may last for hours: no frame may leak memory, in gpucam or in the driver.

use std::{
    fs, io,
    io::Read,
    process::{Command, Stdio},
};

use libtest_mimic::Trial;

use super::Workspace;
use crate::support::{Files, gpu_test, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    let cases = CASES.iter().map(|&(name, model, flags, size)| {
        let test = gpu_test(&format!("cli::growth::none::{name}"), move || none(model, flags, size));
        needs(&[Files::Model(model)], test)
    });
    cases.chain([test("cli::growth::a_leak_is_seen", a_leak_is_seen)]).collect()
}

/// Number of frames until all memory is allocated and touched, and number of frames in which it must not
/// grow.
const BEFORE: usize = 16;
const FRAMES: usize = 40;
/// KiB by which a process may grow in [`FRAMES`]. Without a leak it was 0 to 60: pages that an allocator
/// takes once. A leak keeps something per frame: a shader that llvmpipe compiled again was 85 to 370 KiB, at
/// least 3400 in 40 frames, and a buffer of the smallest frame here is 28 KiB, 1120 in 40.
const LIMIT: i64 = 1024;

/// Every model, effect and flag with its own pass; frames that fill the model's input and frames that do not.
const CASES: &[Case] = &[
    ("blur", "selfie-landscape", "--size 160x90", [160, 90]),
    ("discs", "meet-full", "--size 320x180 --effect blur:40,shape=disc", [320, 180]),
    ("image", "meet-lite", "--size 162x122 --effect image:a.png,fit=contain,wrap=0.5 --follow=2", [162, 122]),
    (
        "mask_shapes",
        "selfie-general",
        "--size 160x90 --rotate 90 --threshold 0.2..0.8 --grow 9 --feather 5 --islands 2",
        [90, 160],
    ),
    ("mask_view", "deeplab-v3", "--size 160x90 --mask-view side --shrink 9 --zoom 1.5 --mirror", [160, 90]),
    ("pixelate", "bodypix-050", "--size 160x90 --effect pixelate:32,on=person --effect colormap", [160, 90]),
    (
        "many_effects",
        "selfie-landscape",
        "--size 160x90 --effect colour:#102030,wrap=0.5 --effect overlay:a.png --effect light:1,background=-1 \
         --effect hologram --effect cartoon --effect edges:4,on=background --refine bilateral",
        [160, 90],
    ),
    (
        "custom",
        "selfie-landscape",
        "--size 160x90 --effect custom:branches.wgsl,turns=3 --exposure off --smooth off",
        [160, 90],
    ),
    ("burn", "selfie-landscape", "--size 160x90 --effect blur --refine none --engine burn", [160, 90]),
];

/// (name, model, flags, size of the output).
type Case = (&'static str, &'static str, &'static str, [usize; 2]);

/// A user's own shader that branches on its parameter.
const BRANCHES: &str = "//! Branches.\n//! turns = 0 in 0..9  how many\n\
    fn effect(in: Input) -> vec3f {\n\
    \x20   if turns < 1.0 { return in.background; }\n\
    \x20   var sum = mix(in.background, in.person, in.mask);\n\
    \x20   for (var i = 0.0; i < turns; i += 1.0) { sum += frame_at(in.uv + 0.01 * i) * background_at(in.uv.yx); }\n\
    \x20   return sum / (1.0 + turns);\n\
    }\n";

fn none(model: &str, flags: &str, [width, height]: [usize; 2]) {
    let workspace = Workspace::new();
    workspace.put("branches.wgsl", BRANCHES.as_bytes());
    let picture = image::RgbaImage::from_fn(64, 48, |x, y| image::Rgba([4 * x as u8, 5 * y as u8, 90, 128]));
    picture.save(workspace.at("a.png")).unwrap();
    let run = workspace
        .gpucam(&format!("--input testcard --output - --output-format yuyv --model {model} {flags}"))
        .models();
    let kib = growth(run.command, 2 * width * height).expect("it runs");
    note!("{kib} KiB");
    assert!(kib < LIMIT, "{kib} KiB in {FRAMES} frames");
}

/// Growth in KiB of a program over [`FRAMES`] frames of `frame` bytes on its standard output.
fn growth(mut command: Command, frame: usize) -> io::Result<i64> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
    let mut pipe = child.stdout.take().expect("piped");
    let mut after = |frames: usize| {
        let read = pipe.read_exact(&mut vec![0; frames * frame]);
        read.and_then(|()| resident_kib(child.id()))
    };
    let growth = after(BEFORE).and_then(|before| Ok(after(FRAMES)? - before));
    child.kill()?;
    child.wait()?;
    growth
}

/// Resident memory of a process in KiB.
fn resident_kib(process: u32) -> io::Result<i64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kib.ok_or_else(|| io::Error::other("no VmRSS"))
}

/// Control: a program that keeps 56 KiB per frame, two thirds of the smallest leak seen, exceeds the limit.
fn a_leak_is_seen() {
    /// More than a pipe holds, so that the program does not run ahead of the reader.
    const FRAME: usize = 70_000;
    let mut shell = Command::new("sh");
    shell.args(["-c", "while :; do kept=$kept$(printf %057344d 0); printf %070000d 0; done"]);
    let kib = growth(shell, FRAME).expect("a shell");
    assert!(kib >= LIMIT, "{kib} KiB are not seen");
}
