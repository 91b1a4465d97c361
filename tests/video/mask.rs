//! Mask files and model inputs: bytes checked by hand, and ffmpeg as a second reader.

use std::fs;

use gpucam::internals::{
    Error, Size, VideoError,
    video::{mask, npy},
};
use libtest_mimic::Trial;

use super::{ffmpeg::with_ffmpeg, folder, names};
use crate::support::{Files, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::mask::npy_by_hand", npy_by_hand),
        test("video::mask::npy_shapes", npy_shapes),
        test("video::mask::grey16", grey16),
        with_ffmpeg("video::mask::grey16_by_ffmpeg", grey16_by_ffmpeg),
        test("video::mask::model_inputs", model_inputs),
        test("video::mask::fortran_and_big_endian", fortran_and_big_endian),
        test("video::mask::bad_npy", bad_npy),
        needs(&[Files::Vectors], test("video::mask::numpys_own_files", numpys_own_files)),
    ]
}

fn npy_by_hand() {
    let folder = folder();
    let path = folder.path().join("p.npy");
    mask::write(&path, Size::new(3, 2), &[0.0, 0.25, 0.5, 1.0, -1.5, f32::MAX]).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0, "numpy aligns the data to 64 bytes");
    let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
    assert_eq!(header.trim_end(), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
    assert!(header.ends_with('\n'));
    // IEEE 754 bytes by hand.
    let words: Vec<_> =
        bytes[10 + length..].chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    assert_eq!(words, [0, 0x3e80_0000, 0x3f00_0000, 0x3f80_0000, 0xbfc0_0000, 0x7f7f_ffff]);
    assert_eq!(names(folder.path()), ["p.npy"], "no temporary file is left");
}

fn npy_shapes() {
    let folder = folder();
    let path = folder.path().join("p.npy");
    for shape in [&[6_usize][..], &[2, 3], &[1, 2, 3], &[3, 1, 1, 2]] {
        let data: Vec<f32> = (0..6).map(|i| i as f32 / 7.0).collect();
        npy::write(&path, shape, &data).unwrap();
        assert_eq!(npy::read(&path).unwrap(), npy::NpyArray { shape: shape.to_vec(), data });
    }
    assert!(npy::write(&path, &[2, 2], &[0.0]).is_err());
}

/// Values and their 16-bit grey: rounded, clamped, NaN as black.
const GREY: [(f32, u16); 8] = [
    (0.0, 0),
    (1.0, 65535),
    (0.5, 32768),
    (1.0 / 65535.0, 1),
    (-0.1, 0),
    (1.5, 65535),
    (f32::NAN, 0),
    (0.1, 6554),
];

fn grey16() {
    let folder = folder();
    let path = folder.path().join("p.png");
    mask::write(&path, Size::new(4, 2), &GREY.map(|g| g.0)).unwrap();
    // The uncompressed part by hand: IHDR with 4x2, 16 bits, grey.
    let bytes = fs::read(&path).unwrap();
    assert_eq!(&bytes[..16], b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR");
    assert_eq!(&bytes[16..26], [0, 0, 0, 4, 0, 0, 0, 2, 16, 0]);
    let image::DynamicImage::ImageLuma16(picture) = image::open(&path).unwrap() else {
        panic!("not 16-bit grey")
    };
    assert_eq!(picture.into_raw(), GREY.map(|g| g.1));
    assert!(mask::write(&path, Size::new(4, 3), &[0.0; 8]).is_err());
    let e = mask::write(&folder.path().join("p.tif"), Size::new(4, 2), &[0.0; 8]).unwrap_err();
    assert!(matches!(e, Error::Video(VideoError::OutputEnding { .. })), "{e}");
}

fn grey16_by_ffmpeg() {
    let folder = folder();
    let path = folder.path().join("p.png");
    mask::write(&path, Size::new(4, 2), &GREY.map(|g| g.0)).unwrap();
    let out = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(&path)
        .args(["-f", "rawvideo", "-pix_fmt", "gray16be", "-"])
        .output()
        .unwrap();
    assert_eq!(out.stdout, GREY.map(|g| g.1.to_be_bytes()).concat());
}

/// The bytes of an .npy file, built by hand.
fn npy(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{header}\n");
    let length = (header.len() as u32).to_le_bytes();
    let length = if version == 1 { &length[..2] } else { &length[..] };
    [b"\x93NUMPY", &[version, 0][..], length, header.as_bytes(), data].concat()
}

fn model_inputs() {
    let folder = folder();
    let path = folder.path().join("x.npy");
    let data: Vec<f32> = (0..12).map(|i| i as f32).collect();
    for shape in [&[1, 2, 2, 3][..], &[2, 2, 3]] {
        npy::write(&path, shape, &data).unwrap();
        assert_eq!(
            npy::read_picture(&path).unwrap(),
            npy::NpyArray { shape: vec![2, 2, 3], data: data.clone() }
        );
    }
    for shape in [&[12][..], &[2, 6], &[2, 3, 2], &[2, 1, 2, 3], &[1, 1, 2, 2, 3]] {
        npy::write(&path, shape, &data).unwrap();
        let e = npy::read_picture(&path).unwrap_err().to_string();
        assert!(e.contains("[h, w, 3]"), "{e}");
    }
}

fn fortran_and_big_endian() {
    // a[i][j][k] = 100 i + 10 j + k of shape (2, 3, 2), first index fastest.
    let stored = [0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121];
    let want = [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121].map(|v| v as f32);
    let little: Vec<u8> = stored.iter().flat_map(|&v| (v as f32).to_le_bytes()).collect();
    let big: Vec<u8> = stored.iter().flat_map(|&v| (v as f32).to_be_bytes()).collect();
    for (version, descr, data) in [(1, "<f4", &little), (2, ">f4", &big), (3, "<f4", &little)] {
        let header = format!("{{'descr': '{descr}', 'fortran_order': True, 'shape': (2, 3, 2), }}");
        let array = npy::NpyArray::from_bytes(&npy(version, &header, data)).unwrap();
        assert_eq!((array.shape, array.data), (vec![2, 3, 2], want.to_vec()));
        let c = header.replace("True", "False");
        assert_ne!(
            npy::NpyArray::from_bytes(&npy(version, &c, data)).unwrap().data,
            want,
            "the control passed"
        );
    }
}

fn bad_npy() {
    let folder = folder();
    let path = folder.path().join("x.npy");
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
    let all = npy(1, good, &[0; 12]);
    let mut tried = 0;
    let mut refused = |bytes: &[u8], word: &str| {
        fs::write(&path, bytes).unwrap();
        let e = npy::read(&path).unwrap_err().to_string();
        assert!(e.contains("x.npy") && e.contains(word) && !e.contains('\n'), "{e}");
        tried += 1;
    };
    for cut in 1..all.len() {
        refused(&all[..cut], "");
    }
    refused(&[&all[..], &[0]].concat(), "13 bytes");
    refused(b"\x89PNG\r\n\x1a\n", "is no .npy");
    refused(&npy(9, good, &[0; 12]), "version 9");
    for (from, to, word) in [
        ("<f4", "<f8", "'<f8', not float32"),
        ("(1, 3)", "(1, -3)", "no sound shape"),
        ("(1, 3)", "(1, 3", "no shape"),
        ("(1, 3)", "(4294967296, 4294967296, 4)", "larger than memory"),
        ("(1, 3)", "(1, 99999999999999999999)", "no sound shape"),
        ("'descr'", "'kind'", "no descr"),
        ("'fortran_order'", "'order'", "no fortran_order"),
    ] {
        refused(&npy(1, &good.replace(from, to), &[0; 12]), word);
    }
    assert!(tried > 80, "{tried}");
    fs::write(&path, &all).unwrap();
    assert!(npy::read(&path).is_ok(), "the control: whole, it is read");
}

fn numpys_own_files() {
    let input = npy::read_picture(&Files::Vectors.path("selfie-landscape.input.npy")).unwrap();
    assert_eq!(input.shape, [144, 256, 3]);
    assert!(input.data.iter().all(|v| (0.0..=1.0).contains(v)));
    let path = Files::Vectors.path("meet-full.output.npy");
    let ours = npy::read(&path).unwrap();
    assert_eq!(ours.shape, [1, 144, 256, 2]);
    let bytes = fs::read(&path).unwrap();
    let tail = &bytes[bytes.len() - 4 * ours.data.len()..];
    let by_hand: Vec<_> = tail.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    assert_eq!(ours.data, by_hand);
}
