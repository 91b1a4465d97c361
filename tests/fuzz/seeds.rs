//! Small whole files, made here, that mutations begin with.

use std::io::{Cursor, Write};

use gpucam::internals::video::npy::NpyArray;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage, codecs::gif::GifEncoder};

use crate::model::{builder::File, tflite};

/// The seeds of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "tflite" => models(),
        "y4m" => y4m(),
        "raw" => vec![[&[8, 0, 4, 0][..], &[128; 3 * 64]].concat(), [&[2, 0, 1, 0][..], &[16; 4]].concat()],
        "npy" => npy(),
        "picture" => pictures(),
        "animation" => [vec![gif(3), gif(1)], pictures()].concat(),
        "mjpg" => vec![jpeg(32, 16, false), jpeg(32, 16, true), jpeg(36, 16, false)],
        "shader" => texts(&SHADERS),
        "effects" => texts(&EFFECTS),
        "config" => texts(&CONFIGS),
        "dbus" => texts(&FLAGS),
        "catalogue" => texts(&[include_str!("../../models/catalogue.toml"), CATALOGUE]),
        "wheel" => vec![wheel(true), wheel(false)],
        #[cfg(feature = "pipewire")]
        "pipewire" => crate::devices::pipewire::pods(),
        other => panic!("no seeds for {other}"),
    }
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn models() -> Vec<Vec<u8>> {
    let mut chain = File::default();
    let input = chain.value("input", &[1, 8, 8, 3]);
    let filter = chain.floats("filter", &[1, 1, 1, 3], &[0.5, 0.25, 0.125]);
    let bias = chain.floats("bias", &[1], &[0.1]);
    let mask = chain.value("mask", &[1, 8, 8, 1]);
    let options = [
        (0, crate::model::builder::Field::U8(0)),
        (1, crate::model::builder::Field::I32(1)),
        (2, crate::model::builder::Field::I32(1)),
    ];
    chain.operator((3, "", 1), &[input, filter, bias], mask, Some((1, options.into())));
    let output = chain.value("output", &[1, 8, 8, 1]);
    chain.operator((14, "", 1), &[mask], output, None);
    (chain.inputs, chain.outputs) = (vec![input], vec![output]);
    vec![tflite::small(), chain.bytes()]
}

fn y4m() -> Vec<Vec<u8>> {
    let of = |header: &str, bytes: usize| {
        [header.as_bytes(), b"\n", &[b"FRAME\n".to_vec(), vec![90; bytes]].concat().repeat(2)].concat()
    };
    vec![
        of("YUV4MPEG2 W8 H4 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG", 48),
        of("YUV4MPEG2 W8 H4 F30000:1001 C422 XCOLORRANGE=FULL", 64),
        of("YUV4MPEG2 W9 H3 F25:1 C444", 81),
        of("YUV4MPEG2 W2 H2 Cmono", 4),
    ]
}

fn npy() -> Vec<Vec<u8>> {
    let floats = NpyArray { shape: vec![1, 4, 8, 3], data: vec![0.5; 96] }.to_bytes();
    let frames = NpyArray { shape: vec![2, 4, 8], data: vec![0.5; 64] }.to_bytes();
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4, 8), }";
    let padded = format!("{header:<117}\n");
    let bytes = [&b"\x93NUMPY\x01\x00\x76\x00"[..], padded.as_bytes(), &[7; 64]].concat();
    vec![floats, frames, bytes]
}

fn small() -> RgbImage {
    RgbImage::from_fn(12, 9, |x, y| Rgb([20 * x as u8, 25 * y as u8, (x * y) as u8]))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn pictures() -> Vec<Vec<u8>> {
    let rgb = DynamicImage::from(small());
    let rgba = DynamicImage::from(RgbaImage::from_fn(5, 7, |x, y| Rgba([40 * x as u8, 9, 9, 30 * y as u8])));
    let sixteen = DynamicImage::from(rgb.to_rgb16());
    vec![
        encoded(&rgb, ImageFormat::Png),
        encoded(&rgba, ImageFormat::Png),
        encoded(&sixteen, ImageFormat::Png),
        encoded(&DynamicImage::from(rgb.to_luma8()), ImageFormat::Png),
        encoded(&rgb, ImageFormat::Jpeg),
        encoded(&rgb, ImageFormat::WebP),
        encoded(&rgba, ImageFormat::WebP),
        gif(1),
    ]
}

fn gif(frames: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for index in 0..frames {
        encoder
            .encode_frame(Frame::new(RgbaImage::from_pixel(6, 5, Rgba([60 * index, 9, 200, 255]))))
            .unwrap();
    }
    drop(encoder);
    bytes
}

fn jpeg(width: u32, height: u32, is_grey: bool) -> Vec<u8> {
    let picture =
        DynamicImage::from(RgbImage::from_fn(width, height, |x, y| Rgb([7 * x as u8, 11 * y as u8, 90])));
    encoded(&if is_grey { picture.to_luma8().into() } else { picture }, ImageFormat::Jpeg)
}

fn wheel(is_packed: bool) -> Vec<u8> {
    use zip::{CompressionMethod::*, ZipWriter, write::SimpleFileOptions};
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(if is_packed { Deflated } else { Stored });
    zip.start_file("a/model.tflite", options).unwrap();
    zip.write_all(&[5; 300]).unwrap();
    zip.start_file("a/other", options).unwrap();
    zip.write_all(b"other").unwrap();
    zip.finish().unwrap().into_inner()
}

const SHADERS: [&str; 7] = [
    // Found by runs: a variable without type and value; an error whose place is within the last character.
    "var<private> x; fn effect(in: Input) -> vec3f { return in.frame; }",
    "//! shows the room\nfn//! shows the f(x\u{15}\u{1}f32) -> \u{fffd}",
    "//! Paints the mask.\n//! strength = 0.5 in 0..1: how much\n//! tone = #ff8800: its colour\nfn effect(in: Input) -> vec3f {\n    \
     return mix(in.frame, tone, strength * in.mask);\n}\n",
    "//! shows the room\nfn f(x: f32) -> f32 { var s = 0.0; for (var i = 0; i < 9; i++) { s += x; } return s; }\nfn effect(in: Input) \
     -> vec3f { var a = array<vec4f, 8>(); loop { if f(in.time) > 3.0 { break; } } while true { break; } return a[0].rgb; }\n",
    "var<private> seed: u32 = 7u;\nstruct S { a: f32, b: vec2f }\nfn effect(in: Input) -> vec3f { let s = S(1.0, in.uv); switch i32(in.time) \
     { case 1: { return vec3f(s.a); } default: { return frame_at(s.b) * person_at(in.uv) + mask_at(in.uv); } } }\n",
    include_str!("../../examples/effects/aquarium.wgsl"),
    include_str!("../../examples/effects/neon.wgsl"),
];

const EFFECTS: [&str; 6] = [
    "blur:20",
    "blur,strength=20,shape=disc\npixelate:16",
    "colour:#00b140\ntint,colour=rebeccapurple,strength=0.5",
    "image:\"a, b.jpg\",fit=cover",
    "video:a\\,b.mp4",
    "none\nmask:side",
];

const CONFIGS: [&str; 3] = [
    "effect = \"blur:20\"\non-demand = true\nsize = \"1280x720\"\n[preset.beach]\neffect = [\"colour:#fff\"]\nzoom = 1.5\n",
    "camera-control = [\"brightness=10\"]\nthreshold = \"0.1..0.9\"\nfollow = true\nfps = 30\n",
    "preset = \"a\"\n[preset.a]\ncrop = \"100x100+2+2\"\n[preset.b]\nmirror = false\nrotate = 90\n",
];

const FLAGS: [&str; 4] = [
    "zoom=1.5\ncrop=16:9\nmirror",
    "size=1280x720\nfps=30000/1001\nrange=full",
    "threshold=0.2..0.8\ngrow=3\nfeather=1.5",
    "quality=low\nrotate=180\ncamera-control=gain=5\nfollow=1.2",
];

const CATALOGUE: &str = "default = \"a\"\n[[model]]\nname = \"a\"\nabout = \"b\"\nfile = \"a.tflite\"\nbytes = 5\nsha256 = \"00\"\n\
    licence = \"MIT\"\ninput = \"8x8\"\nscale = 1.0\noffset = 0.0\nperson = \"probability\"\ngrid = \"centres\"\naddresses = []\n";
