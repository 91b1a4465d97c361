use std::{fs, path::Path, path::PathBuf, thread, time::Duration};

use gpucam::internals::{
    LearnRoom, Pipeline, Settings, Size, Smooth,
    effects::{Effects, custom::UserShader},
};

use super::render;
use crate::{
    mirror::{Plane, Rgb, backdrop, composite, luma, store::unorm16, yuyv},
    pipeline::stand_in,
    support::{
        gpu::{BT601, BT709_FULL, SIZES, blob, codes_apart, gpu, scene},
        report::{Unit, compared},
    },
};

/// A temporary folder for shaders.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a shader. Returns its name for `--effect`.
    fn put(&self, name: &str, wgsl: &str) -> String {
        fs::write(self.path(name), wgsl).expect("a file");
        format!("custom:{}", self.path(name).display())
    }
}

/// A shader that uses every input and function. `Pair` and `place` are also names in the prelude.
const ALL: &str = "//! All there is.\n\
    //! share = 0.5 in 0..1  of one\n\
    //! tint = #4080c0  the room's\n\
    var<private> turn: f32 = 0.25;\n\
    struct Pair { x: f32 } fn place(pair: Pair) -> f32 { turn += 1.0; return pair.x; } // as in the house\n\
    fn effect(in: Input) -> vec3f {\n\
    \x20   let away = vec2f(10.3, -4.6) / in.size;\n\
    \x20   var sum = share * mix(in.background * tint, in.person, in.mask);\n\
    \x20   for (var i = 1; i <= 2; i++) { sum += 0.1 * frame_at(in.uv + f32(i) * away); }\n\
    \x20   sum += 0.1 * mask_at(in.uv + away) * background_at(in.uv - away);\n\
    \x20   sum += vec3f(0.05 * luma(in.frame), 0.05 * in.pixel.x / in.size.x, 0.05 * in.uv.y);\n\
    \x20   return sum + place(Pair(0.02)) * turn;\n\
    }\n";

/// The same in float64. `picture` is the input of the shader; its variable `turn` is 1.25 in every pixel.
fn mirror(picture: &Rgb, alpha: &crate::mirror::Mask, background: &Rgb, share: f64, tint: [f64; 3]) -> Rgb {
    let (w, h) = (picture.width, picture.height);
    let clamped = picture.map(|p| p.map(|v| v.clamp(0.0, 1.0)));
    Plane::from_fn(w, h, |x, y| {
        let (u, v) = ((x as f64 + 0.5) / w as f64, (y as f64 + 0.5) / h as f64);
        let [b, i, a] = [background.sample_for(x, y, w, h), clamped.at(x, y), [alpha.at(x, y)[0]; 3]];
        let place =
            |plane: (usize, usize), u: f64, v: f64| (u * plane.0 as f64 - 0.5, v * plane.1 as f64 - 0.5);
        let shifted = |k: f64| (u + k * 10.3 / w as f64, v - k * 4.6 / h as f64);
        let frame = |k: f64| {
            let (u, v) = shifted(k);
            let (x, y) = place((w, h), u, v);
            picture.bilinear(x, y).map(|c| c.clamp(0.0, 1.0))
        };
        let ((mx, my), (bx, by)) = (
            place((w, h), shifted(1.0).0, shifted(1.0).1),
            place((background.width, background.height), shifted(-1.0).0, shifted(-1.0).1),
        );
        let (m, far) = (alpha.bilinear(mx, my)[0], background.bilinear(bx, by));
        let more = [luma(i), u, v].map(|v| 0.05 * v);
        std::array::from_fn(|c| {
            let person = (i[c] - (1.0 - a[c]) * b[c]).clamp(0.0, a[c]);
            let over = person + (1.0 - a[c]) * b[c] * tint[c];
            let sum = share * over + 0.1 * (frame(1.0)[c] + frame(2.0)[c]) + 0.1 * m * far[c] + more[c];
            (sum + 0.02 * 1.25).clamp(0.0, 1.0)
        })
    })
}

pub fn test() {
    let folder = Folder::new();
    for (size, background_shown) in [(SIZES[1], false), (SIZES[2], true)] {
        let bytes = scene(size, 71);
        let alpha = blob(size, 72).map(|[a]| [unorm16((1.2 * a - 0.1).clamp(0.0, 1.0))]);
        let frame = yuyv::decode_unclamped(&bytes, size, BT601);
        let background = backdrop::backdrop(&frame, &alpha, 12.0);
        let first = if background_shown { "//! shows the room\n" } else { "" };
        let name = folder.put("all.wgsl", &(first.to_owned() + ALL));
        let given = match background_shown {
            true => bytes.clone(),
            false => {
                let (background, side) = backdrop::blurred(&frame, &alpha, 12.0);
                composite::composite(&bytes, size, BT601, &alpha, &background, side)
            }
        };
        let given = yuyv::decode_unclamped(&given, size, BT601);
        let tint = [64.0, 128.0, 192.0].map(|code| code / 255.0);
        for (keys, share, tint) in [
            ("", 0.5, tint),
            (",share=0", 0.0, tint),
            (",share=1,tint=#ffffff", 1.0, [1.0; 3]),
            (",share=1,share=0.25,tint=000000", 0.25, [0.0; 3]),
        ] {
            let got = render(&[&(name.clone() + keys)], &bytes, size, BT601, &alpha);
            let want = yuyv::encode(&mirror(&given, &alpha, &background, share, tint), BT601);
            let control = yuyv::encode(&mirror(&given, &alpha, &background, share, [0.5; 3]), BT601);
            let (off, wrong) = (codes_apart(&got, &want), codes_apart(&got, &control));
            let what = format!("custom{keys} {size}, background shown {background_shown}");
            note!("{what}: {off} LSB, control {wrong}");
            // 1 for rounding; 1 more where the shader reads a picture that a pass has already rounded to
            // codes.
            let tolerance = if background_shown { 1 } else { 2 };
            compared(Unit::Codes, &what, off.into(), tolerance.into());
            assert!(off <= tolerance, "{off} LSB");
            assert!(wrong > 2 || share == 0.0, "the control passes");
        }
        let effects: Effects = name.parse().expect("an effect");
        assert_eq!(effects.hides_background(), !background_shown);
    }
    // A shader that returns its input leaves the picture as it is, in every colorimetry.
    let size = SIZES[1];
    let bytes = scene(size, 73);
    let same =
        folder.put("same.wgsl", "//! shows the room\nfn effect(in: Input) -> vec3f { return in.frame; }");
    let person = blob(size, 74);
    for colorimetry in [BT601, BT709_FULL] {
        let want = yuyv::encode(&yuyv::decode(&bytes, size, colorimetry), colorimetry);
        assert!(codes_apart(&render(&[&same], &bytes, size, colorimetry, &person), &want) <= 1);
    }
}

/// A shader without the line `//! shows the room` cannot show the background, whatever it does.
pub fn background_is_out_of_reach() {
    let folder = Folder::new();
    let size = Size::new(320, 180);
    let nobody = Plane::flat(320, 180, [0.0]);
    // Stripes one pixel wide: a blur removes them.
    let stripes: Vec<u8> = [235, 128, 16, 128].repeat(size.area() / 2);
    let wild = "fn effect(in: Input) -> vec3f { return frame_at(in.uv) + in.frame + in.person + person_at(in.uv) - 1.5; }";
    let contrast = |text: &str| {
        let got = render(&[&folder.put("a.wgsl", text)], &stripes, size, BT601, &nobody);
        let luma = |i: usize| got[4 * (90 * 160 + 80) + i];
        luma(0).abs_diff(luma(2))
    };
    assert!(contrast(wild) <= 1, "{}", contrast(wild));
    assert!(contrast(&format!("//! shows the room\n{wild}")) > 200, "control");
}

/// Broken shaders; the place that the error names, and a part of its text.
const BROKEN: &[(&str, &str, &str)] = &[
    ("fn effect(in: Input) -> vec3f {\n    return in.frame * strenght;\n}", ":2:23", "strenght"),
    ("fn effect(in: Input) -> vec3f {\n    let x = 3;\n    return in.mask;\n}", ":3:12", "return"),
    ("// ä /* }\nfn effect(in: Input) -> vec3f {\n    let ä = 3\n    return in.frame;\n}", ":4:5", "`;`"),
    ("fn effect(in: Input) -> vec3f {\n    return in.frame;\n", ":1:31", "never closed"),
    ("fn effect(in: Input) -> vec3f { return in.frame; }\n}", ":2:1", "closes nothing"),
    ("/* open\nfn effect(in: Input) -> vec3f { return in.frame; }", ":1:1", "comment"),
    (
        "fn effect(in: Input) -> vec3f {\n  loop { if in.mask > 2.0 { return in.frame; } }\n}",
        ":1:1",
        "return",
    ),
    (
        "fn a() { b(); }\nfn b() { a(); }\nfn effect(in: Input) -> vec3f { a(); return in.frame; }",
        ":",
        "cyclic",
    ),
    ("fn other() {}", ": ", "fn effect(in: Input) -> vec3f"),
    ("\nfn effect(in: Input) -> vec4f { return vec4f(1.0); }", ":2:1", "fn effect(in: Input) -> vec3f"),
    ("fn effect(x: f32) -> vec3f { return vec3f(x); }", ":1:1", "fn effect(in: Input) -> vec3f"),
    (" @group(0) @binding(9) var<storage> x: array<u32>;", ":1:2", "bindings"),
    ("@compute @workgroup_size(1) fn main() {}", ":1:1", "entry point"),
    ("var<workgroup> x: array<u32, 4>;", ":1:5", "workgroup"),
    ("fn effect(in: Input) -> vec3f { workgroupBarrier(); return in.frame; }", ":1:33", "workgroupBarrier"),
    ("fn effect(in: Input) -> vec3f { discard; }", ":1:33", "discard"),
    ("var x: f32;", ":1:1", "var<private>"),
    ("enable f16;", ":1:1", "enable"),
    ("override speed: f32 = 1.0;", ":1:1", "//! speed"),
    ("fn mix(a: f32) -> f32 { return a; }", ":1:4", "mix has a meaning"),
    ("fn luma(a: f32) -> f32 { return a; }", ":1:4", "luma has a meaning"),
    ("//! k = 1 in 0..2\nconst k = 1;", ":2:7", "k has a meaning"),
    ("\n//! dot = 1 in 0..2", ":2:1", "dot has a meaning"),
    ("fn effect(in: Input) -> vec3f { return vec3f(f32(packed[0])); }", ":1:50", "packed"),
    ("fn effect(in: Input) -> vec3f { return vec3f(f32(gpucam_packed[0])); }", ":1:50", "gpucam's own"),
    ("//! k = 3 in 0..2", ":1:1", "3 is not in 0..2"),
    ("\n//! k = 3", ":2:1", "no range"),
    ("//! k = x in 0..2", ":1:1", "'x' is no number"),
    ("//! k = #12", ":1:1", "no colour"),
    ("//! if = 1 in 0..2", ":1:1", "WGSL keeps"),
    ("//! strength = 1 in 0..2", ":1:1", "every shader"),
    ("//! k = 1 in 0..2\n//! k = 1 in 0..2", ":2:1", "twice"),
    ("var<private> x: array<f32, 4000>;", ":1:1", "8192 bytes"),
    (
        "fn effect(in: Input) -> vec3f {\n    var x: array<f32, 4000>;\n    return vec3f(x[0]);\n}",
        ":2:5",
        "8192 bytes",
    ),
];

pub fn broken() {
    let folder = Folder::new();
    let why = |wgsl: &str| {
        let text = match wgsl.contains("fn effect") || wgsl.contains("fn other") {
            true => wgsl.to_owned(),
            false => format!("{wgsl}\nfn effect(in: Input) -> vec3f {{ return in.frame; }}"),
        };
        folder.put("broken.wgsl", &text).parse::<Effects>().map(drop).map_err(|error| error.to_string())
    };
    for (wgsl, place, word) in BROKEN {
        let error = why(wgsl).expect_err(wgsl);
        let rest = error.split_once("broken.wgsl").map(|(_, rest)| rest).expect("the file's name");
        note!("broken.wgsl{rest}");
        assert!(
            rest.starts_with(place) && rest.contains(word),
            "{wgsl}: {error}, not at {place} with {word}"
        );
        assert!(!error.contains('\n') && error.len() < 400, "{error}");
        assert!(!error.contains("gpucam_") || wgsl.contains("gpucam_"), "a word of ours: {error}");
    }
    assert_eq!(why("// nothing wrong"), Ok(()));
    // What naga takes for the end of a line ends a comment: nothing hides behind one. The control: a blank does not.
    for end in ["\n", "\u{b}", "\u{c}", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}", " "] {
        let hidden = why(&format!("// note{end}var<workgroup> shared_by_all: u32;"));
        assert_eq!(hidden.is_ok(), end == " ", "{end:?}: {hidden:?}");
    }
    // Shaders that would overflow a stack or exhaust the driver.
    let twice = |i: u32| format!("fn g{}(x: f32) -> f32 {{ return g{i}(x) + g{i}(x); }}\n", i + 1);
    let doubling: String = (0..60).map(twice).collect();
    let call = "fn effect(in: Input) -> vec3f { return vec3f(g60(in.mask)); }";
    for (text, word) in [
        (format!("fn g0(x: f32) -> f32 {{ return x; }}\n{doubling}{call}"), "too long"),
        (format!("const k = 1.0{};", " + 1.0".repeat(20_000)), "take it apart"),
        (format!("const k = {}1.0{};", "(".repeat(5000), ")".repeat(5000)), "take it apart"),
        (
            format!(
                "fn effect(in: Input) -> vec3f {{ {} return in.frame; }}",
                "if true {} else ".repeat(3000)
            ),
            "'else'",
        ),
    ] {
        let error = why(&text).expect_err(word);
        assert!(error.contains(word) && error.len() < 400, "{error}");
    }
}

pub fn parameters() {
    let folder = Folder::new();
    let name = folder.put(
        "a.wgsl",
        "//! What it does.\n//! More about it.\n//! speed = 1 in -2..10  how fast\n//! tint=#102030\n\
         fn effect(in: Input) -> vec3f { return tint * speed; }",
    );
    let shader = UserShader::open(&folder.path("a.wgsl")).expect("a shader");
    let lines: Vec<_> = shader.parameters.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["speed=-2..10  how fast [default: 1]", "tint=#RRGGBB   [default: #102030]"]);
    assert_eq!(shader.summary, "What it does.");
    for good in
        ["", ",speed=-2", ",speed=10", ",tint=#ffffff", ",Tint=red", ",strength=4", ",strength=40,speed=0"]
    {
        assert!(format!("{name}{good}").parse::<Effects>().is_ok(), "{good}");
    }
    for (bad, words) in [
        (",speed=10.1", ["speed=10.1", "-2..10"]),
        (",speed=nan", ["speed=nan", "-2..10"]),
        (",tint=redd", ["tint=redd", "#RRGGBB"]),
        (",sped=1", ["'sped'; did you mean 'speed'?", "file, strength, speed, tint"]),
        (",strength=3", ["strength=3", "4..40"]),
    ] {
        let error = format!("{name}{bad}").parse::<Effects>().expect_err(bad).to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    let missing = "custom".parse::<Effects>().expect_err("no file").to_string();
    assert!(missing.contains("custom:FILE"), "{missing}");
    let missing = "custom:none.wgsl".parse::<Effects>().expect_err("no file").to_string();
    assert!(missing.contains("none.wgsl") && missing.contains("no such file"), "{missing}");
}

/// The shaders in `examples/effects` are valid and short, hide the background, and change the picture with
/// every parameter at its limits.
pub fn examples() {
    let size = Size::new(320, 180);
    let bytes = scene(size, 75);
    let alpha = blob(size, 76);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/effects");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the examples") {
        let path = entry.expect("an entry").path();
        let shader = UserShader::open(&path).unwrap_or_else(|error| panic!("{error}"));
        assert!(shader.wgsl.lines().count() < 60 && !shader.shows_background && !shader.summary.is_empty());
        assert!(shader.parameters.iter().all(|p| !p.summary.is_empty()));
        let mut limits = [String::new(), String::new(), String::new()];
        for parameter in &shader.parameters {
            if let gpucam::internals::effects::ParamType::Number { range: (least, most), .. } = parameter.ty {
                limits[1] += &format!(",{}={least}", parameter.name);
                limits[2] += &format!(",{}={most}", parameter.name);
            }
        }
        for keys in limits {
            let text = format!("custom:{}{keys}", path.display());
            assert!(codes_apart(&render(&[&text], &bytes, size, BT601, &alpha), &bytes) > 20, "{text}");
        }
        count += 1;
    }
    assert!(count >= 3);
}

// ---- on a running pipeline

const SMALL: Size = Size::new(320, 180);

fn pipeline(effect: &str) -> Pipeline {
    let effects = effect.parse().unwrap_or_else(|error| panic!("{error}"));
    let (smooth, learn_room) = (Smooth::Off, LearnRoom::Off);
    let settings = Settings { effects, smooth, learn_room, ..Settings::default() };
    Pipeline::new(gpu(), stand_in(gpu()), SMALL, BT601, &settings).expect("a pipeline")
}

/// Processes frames until one is `wanted`, for at most ten seconds. Every other frame must be one of
/// `allowed`.
fn comes(pipeline: &mut Pipeline, frame: &[u8], wanted: &[u8], allowed: &[&[u8]]) -> bool {
    let mut output = vec![0; frame.len()];
    for _ in 0..500 {
        pipeline.process(frame, Duration::ZERO, &mut output).expect("a frame");
        if output == wanted {
            return true;
        }
        assert!(allowed.contains(&&output[..]), "a picture that nobody asked for");
        thread::sleep(Duration::from_millis(20));
    }
    false
}

fn picture(effect: &str, frame: &[u8]) -> Vec<u8> {
    let mut output = vec![0; frame.len()];
    pipeline(effect).process(frame, Duration::ZERO, &mut output).expect("a frame");
    output
}

/// An endless loop does not stop the camera: frames go on, and the effect before comes back.
pub fn endless() {
    let folder = Folder::new();
    let frame = scene(SMALL, 77);
    let endless = [
        "fn effect(in: Input) -> vec3f {\n    loop { }\n    return in.frame;\n}",
        "fn effect(in: Input) -> vec3f {\n    while true { if in.mask > 2.0 { break; } }\n    return in.frame;\n}",
        "fn more(x: f32) -> f32 {\n    for (var i = 0; ; i++) { for (;;) {} }\n    return x;\n}\n\
         fn effect(in: Input) -> vec3f { loop { if more(1.0) > 2.0 { break; } continuing { } } return in.frame; }",
        "fn effect(in: Input) -> vec3f {\n    loop { continue; continuing { break if false; } }\n    return in.frame;\n}",
    ];
    let [eight, default] = ["blur:8", "blur"].map(|effect| picture(effect, &frame));
    for wgsl in endless {
        let name = folder.put("endless.wgsl", wgsl);
        let mut pipeline = pipeline("blur:8");
        assert!(pipeline.switch(name.parse().expect("naga has nothing against it")));
        // Until then the picture is the shader's input: the default blur.
        assert!(comes(&mut pipeline, &frame, &default, &[&eight]), "it was never tried");
        assert!(comes(&mut pipeline, &frame, &eight, &[&default]), "the effect before is not back");
        for _ in 0..5 {
            assert!(comes(&mut pipeline, &frame, &eight, &[]));
        }
    }
    // The control: a loop just within the budget runs.
    let long = "fn effect(in: Input) -> vec3f { var x = 0.0; for (var i = 0; i < 16000; i++) { x += 1e-9; } return vec3f(x); }";
    let dark = picture(&folder.put("long.wgsl", long), &frame);
    let mut pipeline = pipeline(&format!("custom:{}", folder.path("long.wgsl").display()));
    for _ in 0..5 {
        assert!(comes(&mut pipeline, &frame, &dark, &[]));
    }
}

/// A saved file is drawn some frames later. A broken one is ignored.
/// The budget counts steps, also those of functions that a loop calls, and of functions that these call: a shader whose
/// iterations are long has fewer of them. Loops in what a loop calls count their own.
pub fn long_iterations() {
    let folder = Folder::new();
    let iterations = |wgsl: &str| {
        folder.put("long.wgsl", wgsl);
        UserShader::open(&folder.path("long.wgsl")).unwrap().iterations
    };
    let doubling = |depth: u32| {
        let twice = |i: u32| format!("fn g{}(x: f32) -> f32 {{ return g{i}(x) + g{i}(x); }}\n", i + 1);
        let calls: String = (0..depth).map(twice).collect();
        format!("fn g0(x: f32) -> f32 {{ return x * 1.5; }}\n{calls}")
    };
    let called = |depth: u32, call: &str| {
        format!("{}fn effect(in: Input) -> vec3f {{ var x = 0.0; {call} return vec3f(x); }}", doubling(depth))
    };
    let in_loop = "for (var i = 0; i < 9; i++) { x += gN(in.mask); }";
    let at = |depth: u32| iterations(&called(depth, &in_loop.replace('N', &depth.to_string())));
    assert_eq!((at(0), at(3)), (16384, 16384));
    let (long, longer) = (at(9), at(11));
    assert!(long < 16384 && 3 * longer < long && longer >= 64, "{long}, {longer}");
    // The control: the same calls, outside of the loop, cost no iterations.
    assert_eq!(iterations(&called(11, "x = g11(in.mask); for (var i = 0; i < 9; i++) { x += 1.0; }")), 16384);
    let nested = "for (var i = 0; i < 9; i++) { for (var j = 0; j < 9; j++) { x += g11(in.mask); } }";
    assert!(iterations(&called(11, nested)).abs_diff(longer) <= longer / 8);
}

pub fn reload() {
    let folder = Folder::new();
    let frame = scene(SMALL, 78);
    let flat = |level: f32, more: &str| {
        format!("{more}fn effect(in: Input) -> vec3f {{ return vec3f({level:?}); }}")
    };
    let codes = |level: f32| -> Vec<u8> {
        let [y, _, _, _] = yuyv::word(BT601, [[f64::from(level); 3]; 2]);
        [y, 128].repeat(SMALL.area())
    };
    let [dark, grey, light, white] = [0.1, 0.4, 0.7, 1.0].map(codes);
    let name = folder.put("flat.wgsl", &flat(0.1, "//! k = 1 in 0..2\n"));
    let mut pipeline = pipeline(&(name + ",k=2"));
    assert!(comes(&mut pipeline, &frame, &dark, &[]));
    // Saved in place, and by renaming another file over it, as editors do.
    folder.put("flat.wgsl", &flat(0.4, "//! k = 1 in 0..2\n"));
    assert!(comes(&mut pipeline, &frame, &grey, &[&dark]), "not read again");
    folder.put("new.wgsl", &flat(0.7, "//! k = 1 in 0..3\n"));
    fs::rename(folder.path("new.wgsl"), folder.path("flat.wgsl")).expect("a new file");
    assert!(comes(&mut pipeline, &frame, &light, &[&grey]), "not read again");
    // Broken, without the parameter in use, asking for the background, deleted: nothing changes.
    for text in ["fn effect(", &flat(0.2, ""), &flat(0.2, "//! k = 1 in 0..3\n//! shows the room\n")] {
        folder.put("flat.wgsl", text);
        for _ in 0..40 {
            assert!(comes(&mut pipeline, &frame, &light, &[]));
            thread::sleep(Duration::from_millis(25));
        }
    }
    fs::remove_file(folder.path("flat.wgsl")).expect("a file");
    assert!((0..20).all(|_| comes(&mut pipeline, &frame, &light, &[])));
    folder.put("flat.wgsl", &flat(1.0, "//! k = 1 in 0..3\n"));
    assert!(comes(&mut pipeline, &frame, &white, &[&light]), "not read again");
}

/// Without the line that showed the room the room is hidden, though the file had it when it was chosen.
pub fn hides_again() {
    let folder = Folder::new();
    let frame = scene(SMALL, 80);
    let text = "fn effect(in: Input) -> vec3f { return in.frame; }";
    let name = folder.put("room.wgsl", &format!("//! shows the room\n{text}"));
    let shown = picture(&name, &frame);
    let hidden = picture(&folder.put("hidden.wgsl", text), &frame);
    assert!(codes_apart(&shown, &hidden) > 20, "control");
    let mut pipeline = pipeline(&name);
    assert!(comes(&mut pipeline, &frame, &shown, &[]));
    folder.put("room.wgsl", text);
    assert!(comes(&mut pipeline, &frame, &hidden, &[&shown]), "the room is shown");
}

/// `in.time` follows the frames' timestamps, from 0 at the shader's first frame and again every hour. After 30 days it
/// still distinguishes milliseconds, which an f32 of all seconds since then would not.
pub fn time() {
    let folder = Folder::new();
    let frame = scene(SMALL, 79);
    let name = folder.put("time.wgsl", "fn effect(in: Input) -> vec3f { return vec3f(in.time / 10.0); }");
    let mut pipeline = pipeline(&name);
    let mut output = vec![0; frame.len()];
    const MONTH: u64 = 30 * 24 * 3_600_000;
    assert!(
        (MONTH as f32 / 1e3 + 0.05).to_bits() == (MONTH as f32 / 1e3).to_bits(),
        "control: an f32 is too coarse"
    );
    for (at, level) in [
        (100_000, 0.0),
        (102_500, 0.25),
        (107_500, 0.75),
        (100_000 + MONTH + 50, 0.005),
        (102_550 + MONTH, 0.255),
    ] {
        pipeline.process(&frame, Duration::from_millis(at), &mut output).expect("a frame");
        let want = yuyv::word(BT601, [[level; 3]; 2])[0];
        assert!(output.iter().step_by(2).all(|y| y.abs_diff(want) <= 1), "{at}: {} for {want}", output[0]);
    }
}
