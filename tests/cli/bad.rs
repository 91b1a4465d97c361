//! Invalid inputs, outputs, effects and flags. Each test ends with a valid call, as a control for the rest of
//! the line.

use std::{fs, process::Command, thread};

use image::RgbImage;
use libtest_mimic::Trial;

use super::{Workspace, noise};
use crate::support::{gpu_test, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("cli::bad::sizes", sizes),
        test("cli::bad::inputs", inputs),
        test("cli::bad::outputs", outputs),
        test("cli::bad::effects", effects),
        test("cli::bad::usage", usage),
        test("cli::bad::no_adapter", no_adapter),
        gpu_test("cli::bad::unknown_adapter", unknown_adapter),
    ]
}

const SMALL: &str = "--effect none --input a.yuyv --size 16x8 --output out.yuyv";

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.put("a.yuyv", &noise(2 * 16 * 8, 1)).put("own.tflite", &crate::model::tflite::small());
    workspace
}

fn sizes() {
    let workspace = workspace();
    let try_size = |input: &str, size: &str| {
        workspace.gpucam(&format!("--effect none --input {input} --size {size} --output out.yuyv")).run()
    };
    for input in ["a.yuyv", "testcard"] {
        try_size(input, "15x8").unusable(&["15x8", "odd width", "--size"]);
        try_size(input, "0x8").unusable(&["0x8", "is empty", "--size"]);
        try_size(input, "16x0").unusable(&["16x0", "is empty", "--size"]);
        try_size(input, "16384x16384").unusable(&["16384x16384", "larger than 8192", "--size"]);
        try_size(input, "16384x8").unusable(&["16384x8", "larger than 8192"]);
    }
    try_size("a.yuyv", "16x7").refused(&["a.yuyv", "32 bytes left over", "--size"]);
    try_size("testcard", "8x8").unusable(&["8x8", "too small", "--size"]);
    for size in ["", "x", "16", "16x", "-16x8", "16x8x2", "99999999999x2", "16×8"] {
        let line = format!("--effect none --input a.yuyv --size={size} --output out.yuyv");
        workspace.gpucam(&line).run().misused(&["--size", "1280x720"]);
    }
    workspace.put("big.y4m", b"YUV4MPEG2 W16384 H16384 F30:1 C422\nFRAME\n");
    workspace.gpucam("--effect none --input big.y4m --output out.png").run().unusable(&["16384x16384"]);
    RgbImage::new(16384, 1).save(workspace.at("wide.png")).unwrap();
    workspace.gpucam("--effect none --input wide.png --output out.png").run().unusable(&["16384x1"]);
    RgbImage::new(1, 2).save(workspace.at("thin.png")).unwrap();
    workspace.gpucam("--effect none --input thin.png --output out.png").run().unusable(&["1x2", "odd width"]);
    workspace.gpucam("tune --offline --size 641x360").run().unusable(&["641x360", "odd width", "--size"]);
    assert!(!workspace.at("out.yuyv").exists() && !workspace.at("out.png").exists());
    try_size("a.yuyv", "16x8").silent();
}

fn inputs() {
    let workspace = workspace();
    fs::create_dir(workspace.at("folder")).unwrap();
    workspace.put("empty.png", b"").put("noise.png", &noise(500, 2)).put("noise.y4m", &noise(500, 3));
    let read =
        |input: &str| workspace.gpucam(&format!("--effect none --input {input} --output out.png")).run();
    for name in ["none.png", "none.y4m", "none.yuyv", "none.mp4", "nowhere/none.png"] {
        let size = if name.ends_with("yuyv") { " --size 4x2" } else { "" };
        read(&format!("{name}{size}")).refused(&[name, "no such file", "check the name"]);
    }
    read("folder").refused(&["folder", "it is a folder", "name a file in it"]);
    read("empty.png").refused(&["empty.png", "the file is empty"]);
    read("noise.png").refused(&["noise.png", "PNG, JPEG or WebP"]);
    read("noise.y4m").refused(&["noise.y4m", "not a sound .y4m"]);
    // A pipe to which somebody writes; --input - reads the same picture.
    RgbImage::new(16, 8).save(workspace.at("good.png")).unwrap();
    assert!(Command::new("mkfifo").arg(workspace.at("pipe.png")).status().unwrap().success());
    let (pipe, bytes) = (workspace.at("pipe.png"), workspace.get("good.png"));
    thread::spawn({
        let bytes = bytes.clone();
        move || fs::write(pipe, bytes)
    });
    read("pipe.png").refused(&["pipe.png", "it is a pipe", "--input -"]);
    workspace.gpucam("--effect none --input - --output piped.png").stdin(&bytes).run().silent();
    read("a.yuyv").unusable(&["a.yuyv", "--size 1280x720"]);
    read("testcard:nobody").unusable(&["nobody", "still", "hair"]);
    read("testcard:still,x").unusable(&["'x'", "write a number"]);
    read("- --size 16x8").refused(&["standard input: it gave not one byte"]);
    read("a.yuyv --size 16x8 --frame 2").refused(&["out.png", "1 frame", "--frame"]);
    // `gpucam mask` reads inputs in the same way.
    let mask =
        |line: &str| workspace.gpucam(&format!("mask --model own.tflite {line}")).without_adapter().run();
    mask("--input none.png --output m.png").refused(&["none.png", "no such file"]);
    mask("--input none.npy --output m.npy").refused(&["none.npy", "no such file"]);
    mask("--input folder --output m.png").refused(&["folder", "it is a folder"]);
    workspace.put("noise.npy", &noise(500, 4));
    mask("--input noise.npy --output m.npy").refused(&["noise.npy", "numpy.save"]);
    mask("--input a.yuyv --size 16x8 --output m.jpg").unusable(&["m.jpg", ".npy", ".png"]);
    assert!(!workspace.at("out.png").exists());
    read("a.yuyv --size 16x8").silent();
}

fn outputs() {
    let workspace = workspace();
    fs::create_dir(workspace.at("folder.png")).unwrap();
    fs::create_dir(workspace.at("folder.y4m")).unwrap();
    let write = |line: &str| {
        workspace.gpucam(&format!("--effect none --input a.yuyv --size 16x8 --output {line}")).run()
    };
    for name in ["nowhere/a.png", "nowhere/a.y4m", "nowhere/a.yuyv"] {
        write(name).refused(&[name, "there is no folder nowhere", "mkdir -p nowhere"]);
    }
    write("/proc/a.png").refused(&["/proc/a.png", "another place"]);
    // Before any work: there is no adapter, so nothing could be compiled or computed.
    let early = |line: &str| workspace.gpucam(line).without_adapter().run();
    early("--input a.yuyv --size 16x8 --model own.tflite --output /proc/a.png")
        .refused(&["takes no new files"]);
    early("mask --input a.yuyv --size 16x8 --model own.tflite --output /proc/a.png")
        .refused(&["takes no new"]);
    early("mask --input a.yuyv --size 16x8 --model own.tflite --output no/a.png").refused(&["mkdir -p no"]);
    write("folder.png").refused(&["folder.png", "it is a folder"]);
    write("folder.y4m").refused(&["folder.y4m", "it is a folder"]);
    for name in ["a.gif", "a.avi", "a", "a.npy"] {
        write(name).unusable(&[name, ".png", ".y4m", "-"]);
    }
    write("a.pgn").unusable(&["a.pgn", "did you mean 'png'?"]);
    fs::create_dir(workspace.at("folder")).unwrap();
    write("folder").refused(&["folder", "it is a folder"]);
    write("a.yuyv").unusable(&["a.yuyv", "the input and the output"]);
    write("/dev/full").unusable(&["/dev/full", ".png"]);
    write("b.png --output-alpha b.png").unusable(&["--output-alpha", "test card", "gpucam mask"]);
    let card = "--effect none --input testcard --size 32x16 --output b.png";
    workspace.gpucam(&format!("{card} --output-alpha b.jpg")).run().unusable(&["b.jpg", ".npy", ".png"]);
    workspace
        .gpucam(&format!("{card} --output-alpha b.png"))
        .run()
        .misused(&["--output-alpha", "the same file"]);
    workspace
        .gpucam(&format!("{card} --output-alpha nowhere/b.png"))
        .run()
        .refused(&["nowhere/b.png", "mkdir"]);
    assert_eq!(workspace.get("a.yuyv"), noise(2 * 16 * 8, 1), "the input is untouched");
    assert!(!workspace.at("b.png").exists());
    write("b.png").silent();
}

fn effects() {
    let workspace = workspace();
    let effect = |text: &str| {
        let line = format!("--effect {text} --input a.yuyv --size 16x8 --output out.yuyv --model own.tflite");
        workspace.gpucam(&line).without_adapter().run()
    };
    effect("blurr").unusable(&["'blurr'", "did you mean 'blur'?", "none"]);
    for value in ["40.1", "-1", "nan", "inf", "much", ""] {
        let words = [&format!("strength={value}"), "--effect blur", "0..40"];
        effect(&format!("blur,strength={value}")).unusable(&words);
        effect(&format!("blur:{value}")).unusable(&words);
    }
    effect("blur,colour=3").unusable(&["--effect blur", "'colour'", "strength"]);
    effect("blur,square").unusable(&["--effect blur", "'square'", "key=value", "shape=gauss|disc"]);
    effect("image:me,x.jpg").unusable(&["--effect image", "backslash", r"me\,x.jpg", "double quotes"]);
    workspace.put("a.wgsl", b"//! k = 1 in 0..2\nfn effect(in: Input) -> vec3f {\n  return in.fram;\n}");
    effect("custom:a.wgsl").refused(&["a.wgsl:3:13", "fram", "correct it"]);
    workspace.put("a.wgsl", b"//! k = 1 in 0..2\nfn effect(in: Input) -> vec3f { return in.frame; }");
    effect("custom:a.wgsl,k=3").unusable(&["--effect custom:a.wgsl", "k=3", "0..2"]);
    effect("custom:a.wgsl,l=3").unusable(&["'l'", "file, strength, k"]);
    effect("custom").unusable(&["custom:FILE"]);
    for (text, words) in [
        ("pixelate:161", ["size=161", "4..160"]),
        ("pixelate,on=me", ["on=me", "background, person, all"]),
        ("light:4.1", ["person=4.1", "-4..4"]),
        ("light,background=x", ["background=x", "-4..4"]),
        ("colormap:red", ["map=red", "viridis, magma"]),
        ("hologram:me", ["style=me", "elder, lfbw"]),
        ("cartoon:1", ["levels=1", "2..32"]),
        ("cartoon,lines=2", ["lines=2", "0..1"]),
        ("edges:0", ["strength=0", "0.5..20"]),
        ("edges,ink=bluish", ["ink=bluish", "#RRGGBB"]),
    ] {
        effect(text).unusable(&words);
    }
    effect("none:3").unusable(&["--effect none", "'3'"]);
    effect("none,strength=3").unusable(&["--effect none", "'strength'"]);
    effect("colour:greenish").unusable(&["--effect colour", "colour=greenish", "#RRGGBB"]);
    effect("colour:#12345").unusable(&["colour=#12345", "#RRGGBB"]);
    effect("colour,wrap=1.1").unusable(&["wrap=1.1", "0..1"]);
    effect("image").unusable(&["--effect image", "image:PATH"]);
    effect("image:").unusable(&["--effect image", "path=", "file"]);
    RgbImage::new(4, 4).save(workspace.at("good.png")).unwrap();
    effect("image:good.png,fit=crop").unusable(&["fit=crop", "cover, contain, stretch, tile"]);
    effect("image:good.png,blend=add").unusable(&["blend=add", "screen, dodge"]);
    for wrap in ["-0.1", "1.01", "nan"] {
        effect(&format!("image:good.png,wrap={wrap}")).unusable(&[&format!("wrap={wrap}"), "0..1"]);
    }
    fs::create_dir(workspace.at("folder")).unwrap();
    workspace.put("empty.png", b"").put("noise.png", &noise(500, 2)).put("huge.png", &beginning(HUGE));
    workspace
        .put("huge.webp", &huge_webp())
        .put("grey.png", &beginning(GREY))
        .put("phone.png", &beginning(PHONE));
    effect("image:none.png").refused(&["none.png", "no such file", "check the name"]);
    effect("image:folder").refused(&["folder", "it is a folder", "name a file in it"]);
    effect("image:empty.png").refused(&["empty.png", "the file is empty"]);
    effect("image:noise.png").refused(&["noise.png", "PNG, JPEG or WebP"]);
    effect("image:huge.png").refused(&["huge.png", "60000x60000", "too large"]);
    effect("image:huge.webp").refused(&["huge.webp", "14543x12110", "too large"]);
    // A byte a pixel in the file, and three or sixteen of them afterwards.
    effect("image:grey.png").refused(&["grey.png", "20000x20000", "too large"]);
    effect("overlay:grey.png").refused(&["grey.png", "20000x20000", "too large"]);
    effect("image:phone.png").refused(&["mesa-vulkan-drivers"]); // the control: only then comes the adapter
    effect("video:none.mp4").refused(&["none.mp4", "no such file"]);
    effect("video:good.png,fit=x").unusable(&["fit=x", "cover, contain, stretch, tile"]);
    effect("overlay:noise.png").refused(&["noise.png", "PNG, JPEG or WebP"]);
    for (key, range) in [("size=0", "0.01..1"), ("size=1.1", "0.01..1"), ("opacity=-1", "0..1")] {
        effect(&format!("overlay:good.png,{key}")).unusable(&[key, range]);
    }
    effect("overlay:good.png,position=middle").unusable(&["position=middle", "bottom-right"]);
    effect("transparent").unusable(&["--effect transparent", "out.yuyv", "alpha", ".png", "--output"]);
    effect("transparent --effect blur").unusable(&["--effect transparent", "the last", "--effect blur"]);
    workspace
        .gpucam("--effect transparent --input a.yuyv --size 16x8")
        .run()
        .unusable(&["virtual camera", "alpha"]);
    workspace
        .gpucam("--effect transparent --input a.yuyv --size 16x8 --output a.jpg")
        .run()
        .unusable(&["a.jpg", ".png"]);
    assert!(!workspace.at("out.yuyv").exists());
    // Without any blur no adapter is needed.
    effect("blur,strength=0").silent();
}

/// The beginning of a lossless WebP, whose decoder would take over a gigabyte.
fn huge_webp() -> Vec<u8> {
    let (width, height) = (14543_u32, 12110_u32);
    let mut chunk = b"VP8L\x10\0\0\0\x2f".to_vec();
    chunk.extend(((width - 1) | (height - 1) << 14).to_le_bytes());
    chunk.resize(8 + 16, 0);
    [b"RIFF".as_slice(), &(chunk.len() as u32 + 4).to_le_bytes(), b"WEBP", &chunk].concat()
}

/// The beginnings of PNG files of 60000x60000, of 20000x20000 in grey, and of 12000x9000, as phones have them.
const HUGE: &[u8; 21] = b"IHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0\x0f\xb0\xe2\x15";
const GREY: &[u8; 21] = b"IHDR\0\0\x4e\x20\0\0\x4e\x20\x08\0\0\0\0\xc6\x1b\x19\xe5";
const PHONE: &[u8; 21] = b"IHDR\0\0\x2e\xe0\0\0\x23\x28\x08\x02\0\0\0\x42\x4b\xe6\xbf";

/// A PNG file that ends after this header.
fn beginning(header: &[u8; 21]) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n\0\0\0\x0d"[..], header, b"\0\0\0\0IDAT"].concat()
}

fn usage() {
    let workspace = workspace();
    // Without arguments gpucam uses the first camera and loopback, which tests/vm has.
    workspace.gpucam("--output a.png").run().misused(&["--input", "--camera"]);
    workspace.gpucam("mask").run().misused(&["Usage: gpucam mask", "--output"]);
    workspace.gpucam("mask --output a.png").run().misused(&["--input"]);
    workspace.gpucam("models fetch").run().misused(&["NAME"]);
    workspace.gpucam("paint").run().misused(&["paint", "Usage"]);
    workspace.gpucam("--camera 0 --input a.png --output b.png").run().misused(&["--camera", "--input"]);
    workspace.gpucam(&format!("{SMALL} --frames 0")).run().misused(&["--frames", "'0'", "1 or more"]);
    for flag in [
        "--frames 0",
        "--frame 0",
        "--frames=-1",
        "--fps 0",
        "--fps x",
        "--fps 4000000000/1",
        "--refine x",
        "--exposure 2",
    ] {
        let name = flag.split([' ', '=']).next().unwrap();
        workspace.gpucam(&format!("{SMALL} {flag}")).run().misused(&[name]);
    }
    for flag in ["--grow -3", "--threshold -1..1", "--zoom -2", "--max-mask-age -1", "--feather -0.5"] {
        let name = flag.split(' ').next().unwrap();
        let outcome = workspace.gpucam(&format!("{SMALL} {flag}")).run();
        outcome.misused(&[name, "invalid value", "write"]);
    }
    for flag in ["--model-input 1..0", "--model-output x", "--model-output softmax:-1", "--model-grid x"] {
        let name = flag.split(' ').next().unwrap();
        workspace.gpucam(&format!("{SMALL} {flag}")).run().misused(&[name]);
    }
    let mask =
        |line: &str| workspace.gpucam(&format!("mask --model own.tflite {line}")).without_adapter().run();
    mask("--input a.yuyv --size 16x8 --logits --output m.png").misused(&["--logits", "--at net", ".npy"]);
    mask("--input a.yuyv --size 16x8 --logits --at frame --output m.npy").misused(&["--logits", "--at net"]);
    mask("--input a.npy --at frame --output m.png").misused(&["--at frame", ".npy"]);
    mask("--input a.yuyv --size 16x8 --model-output softmax:2 --output m.npy")
        .misused(&["softmax:2", "2 channels"]);
    workspace.gpucam(SMALL).run().silent();
}

fn no_adapter() {
    let workspace = workspace();
    let line = "--input a.yuyv --size 16x8 --output out.png --model own.tflite";
    workspace.gpucam(line).without_adapter().run().refused(&["Vulkan", "mesa-vulkan-drivers"]);
    workspace.gpucam(&format!("mask {line}")).without_adapter().run().refused(&["mesa-vulkan-drivers"]);
    workspace.gpucam("adapters").without_adapter().run().refused(&["mesa-vulkan-drivers"]);
    assert!(!workspace.at("out.png").exists());
}

fn unknown_adapter() {
    let workspace = workspace();
    let line = "--input a.yuyv --size 16x8 --output out.png --model own.tflite --look once --adapter";
    // It may only not be plugged in yet, so the service is started again.
    for name in ["nobody's", "99"] {
        workspace.gpucam(&format!("{line} {name}")).run().refused(&[name, "gpucam adapters"]);
    }
    assert!(!workspace.at("out.png").exists());
    // An index from the list is valid.
    workspace.gpucam(&format!("{line} 0")).run().silent();
    assert!(workspace.at("out.png").exists());
}
