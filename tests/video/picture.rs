//! Pictures as input and output.

use std::{fs, num::NonZeroU64, ops::ControlFlow, os::unix::fs::PermissionsExt};

use gpucam::internals::{
    Colorimetry, Error, FrameError, Size, VideoError, Yuyv,
    video::{FIRST_FRAME, InputOptions, VideoFormat, mask, open_sink},
};
use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};
use libtest_mimic::Trial;

use super::{COLORIMETRIES, SIZES, colour, folder, format, names, noise, read, write};
use crate::support::{Files, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::picture::lossless_is_the_decoded_frame", lossless_is_the_decoded_frame),
        test("video::picture::there_and_back", there_and_back),
        test("video::picture::jpeg_is_close", jpeg_is_close),
        test("video::picture::upright_and_opaque", upright_and_opaque),
        test("video::picture::repeated", repeated),
        test("video::picture::size", size),
        test("video::picture::frame_number", frame_number),
        test("video::picture::whole_or_not_at_all", whole_or_not_at_all),
        needs(&[Files::Media], test("video::picture::the_photos", the_photos)),
    ]
}

fn lossless_is_the_decoded_frame() {
    let folder = folder();
    for (size, colorimetry) in
        [(SIZES[0], COLORIMETRIES[0]), (SIZES[1], COLORIMETRIES[0]), (SIZES[1], COLORIMETRIES[3])]
    {
        let frame = noise(size.yuyv_bytes(), 7);
        for name in ["a.png", "a.webp"] {
            let path = folder.path().join(name);
            write(&path, VideoFormat { size, fps: None, colorimetry }, std::slice::from_ref(&frame));
            let picture = image::open(&path).unwrap().into_rgb8();
            assert_eq!(picture.dimensions(), (size.width, size.height));
            let worst = |c: Colorimetry| {
                let exact = frame.chunks_exact(4).flat_map(|p| {
                    [colour::decode(c, [p[0], p[1], p[3]]), colour::decode(c, [p[2], p[1], p[3]])].concat()
                });
                let off = picture.as_raw().iter().zip(exact).map(|(&g, e)| (f64::from(g) - e).abs());
                off.fold(0.0, f64::max)
            };
            assert!(worst(colorimetry) <= 1.0, "{name} {size}: {}", worst(colorimetry));
            assert!(worst(COLORIMETRIES[1]) > 1.0, "{name} {size}: the control passed");
        }
    }
}

fn there_and_back() {
    // A picture that YUYV represents exactly (equal pairs) comes back to within one code.
    let folder = folder();
    let path = folder.path().join("a.png");
    let size = SIZES[1];
    let rgb: Vec<u8> = noise(3 * size.area() / 2, 5).chunks_exact(3).flat_map(|p| [p, p].concat()).collect();
    let first = Yuyv::from_rgb8(size, Colorimetry::default(), &rgb).bytes;
    write(&path, format(size), std::slice::from_ref(&first));
    let (said, back) = read(&path, &InputOptions::default());
    assert_eq!(said, format(size));
    let worst = |back: &[u8]| first.iter().zip(back).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(worst(&back[0]) <= 1, "{}", worst(&back[0]));
    let mut shifted = back[0].clone();
    shifted.rotate_left(4);
    assert!(worst(&shifted) > 1, "the control passed");
}

fn jpeg_is_close() {
    let folder = folder();
    let path = folder.path().join("a.jpg");
    let size = Size::new(646, 362);
    // Smooth, as JPEG loses detail.
    let smooth = |x: u32, y: u32| [f64::from(x) / 646.0, f64::from(y) / 362.0, 0.5];
    let frame = Yuyv::from_rgb(size, Colorimetry::default(), smooth);
    write(&path, format(size), std::slice::from_ref(&frame.bytes));
    assert_eq!(fs::read(&path).unwrap()[..3], [0xff, 0xd8, 0xff], "JPEG's first bytes");
    let (_, back) = read(&path, &InputOptions::default());
    let mean = |a: &[u8], b: &[u8]| {
        a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
    };
    // Quality 92 quantises by a few codes; swapping red and blue would be tens of codes off.
    assert!(mean(&frame.bytes, &back[0]) < 1.5, "{}", mean(&frame.bytes, &back[0]));
    let swapped: Vec<u8> = back[0].chunks_exact(4).flat_map(|p| [p[0], p[3], p[2], p[1]]).collect();
    assert!(mean(&frame.bytes, &swapped) > 5.0, "the control passed");
}

fn upright_and_opaque() {
    let folder = folder();
    // 16 wide, 8 high, left half white; the tag asks for a rotation by 90° clockwise, which makes the top
    // half white.
    let lying = RgbImage::from_fn(16, 8, |x, _| image::Rgb([if x < 8 { 255 } else { 0 }; 3]));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
    // Exif, big-endian TIFF, one entry: tag 0x112 (orientation), SHORT, 1 value, 6.
    let exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(lying.as_raw(), 16, 8, ExtendedColorType::Rgb8).unwrap();
    let path = folder.path().join("a.jpg");
    fs::write(&path, bytes).unwrap();
    let (said, frames) = read(&path, &InputOptions::default());
    assert_eq!(said.size, Size::new(8, 16));
    assert!(frames[0][0] > 200 && frames[0][2 * 8 * 15] < 50, "the top is white, the bottom black");

    // Half-transparent white over black: half grey.
    let path = folder.path().join("a.png");
    image::RgbaImage::from_pixel(4, 2, image::Rgba([255, 255, 255, 128])).save(&path).unwrap();
    let (_, frames) = read(&path, &InputOptions::default());
    let grey = colour::encode(Colorimetry::default(), [128.0 / 255.0; 3])[0];
    assert!((f64::from(frames[0][0]) - grey).abs() <= 1.0, "{}", frames[0][0]);
}

fn repeated() {
    let folder = folder();
    let path = folder.path().join("a.png");
    write(&path, format(Size::new(8, 4)), &[noise(64, 1)]);
    assert_eq!(read(&path, &InputOptions::default()).1.len(), 1);
    let (_, frames) = read(&path, &InputOptions { frames: Some(5), ..InputOptions::default() });
    assert_eq!(frames.len(), 5);
    assert!(frames.iter().all(|f| *f == frames[0]));
}

fn size() {
    let folder = folder();
    let path = folder.path().join("a.png");
    // 9 columns: the last one, white, is dropped.
    let picture = RgbImage::from_fn(9, 4, |x, _| image::Rgb([if x == 8 { 255 } else { 0 }; 3]));
    picture.save(&path).unwrap();
    let (said, frames) = read(&path, &InputOptions::default());
    assert_eq!(said.size, Size::new(8, 4));
    assert!(frames[0].iter().step_by(2).all(|&y| y == 16));

    // Four stripes in a 4:1 picture; a square crop keeps the middle, unstretched.
    let strip = RgbImage::from_fn(64, 16, |x, _| image::Rgb([60 * (x / 16) as u8; 3]));
    strip.save(&path).unwrap();
    let stripe = |i: u8| colour::encode(Colorimetry::default(), [f64::from(60 * i) / 255.0; 3])[0];
    for side in [16_u32, 32] {
        let (said, frames) =
            read(&path, &InputOptions { size: Some(Size::new(side, side)), ..InputOptions::default() });
        assert_eq!(said.size, Size::new(side, side));
        let row = |x: u32| f64::from(frames[0][(2 * (side / 2 * side + x)) as usize]);
        for (x, want) in [(side / 8, stripe(1)), (7 * side / 8, stripe(2))] {
            assert!((row(x) - want).abs() <= 1.0, "{side}, column {x}: {} for {want}", row(x));
        }
    }
}

fn frame_number() {
    let folder = folder();
    let (path, size) = (folder.path().join("a.png"), Size::new(8, 4));
    let grey = |y: u8| [y, 128].repeat(32);
    for (number, want) in [(1, 16), (3, 235)] {
        let mut sink = open_sink(&path, format(size), NonZeroU64::new(number).unwrap(), None).unwrap();
        let flow = [16, 100, 235].map(|y| sink.write(&grey(y)).unwrap());
        let asked = number as usize;
        assert!(flow[..asked - 1].iter().all(|f| *f == ControlFlow::Continue(())));
        assert!(flow[asked - 1..].iter().all(|f| *f == ControlFlow::Break(())), "no more frames are wanted");
        sink.finish().unwrap();
        let got = image::open(&path).unwrap().into_rgb8().into_raw();
        assert!(got.iter().all(|&v| v == if want == 16 { 0 } else { 255 }), "frame {number}");
    }
}

fn whole_or_not_at_all() {
    let folder = folder();
    let (path, said) = (folder.path().join("a.png"), format(Size::new(8, 4)));
    fs::write(&path, "old").unwrap();
    let mut sink = open_sink(&path, said, NonZeroU64::new(4).unwrap(), None).unwrap();
    let _ = sink.write(&noise(64, 1)).unwrap();
    let short = sink.write(&[0; 63]).unwrap_err();
    assert!(matches!(short, Error::Frame(FrameError::Bytes { got: 63, .. })), "{short}");
    let e = sink.finish().unwrap_err();
    assert!(matches!(e, Error::Video(VideoError::NoSuchFrame { frame: 4, frames: 1, .. })), "{e}");
    assert_eq!(fs::read(&path).unwrap(), b"old", "the old file is untouched");
    assert_eq!(names(folder.path()), ["a.png"], "no temporary file is left");

    let mut sink = open_sink(&path, said, FIRST_FRAME, None).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old", "opening alone changes nothing");
    let _ = sink.write(&noise(64, 1)).unwrap();
    sink.finish().unwrap();
    mask::write(&folder.path().join("m.png"), said.size, &[0.5; 32]).unwrap();
    fs::write(folder.path().join("usual"), "").unwrap();
    assert_eq!(names(folder.path()), ["a.png", "m.png", "usual"]);
    let rights = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!((rights("a.png"), rights("m.png")), (rights("usual"), rights("usual")));
}

fn the_photos() {
    for (name, size) in
        [("girl-1280.jpg", None), ("astronaut-512.png", None), ("astronaut-512.png", Some(SIZES[0]))]
    {
        let path = Files::Media.path(name);
        let (said, frames) = read(&path, &InputOptions { size, ..InputOptions::default() });
        let (width, height) = image::image_dimensions(&path).unwrap();
        assert_eq!(said.size, size.unwrap_or(Size::new(width & !1, height)), "{name}");
        let spread = |at| {
            frames[0].iter().skip(at).step_by(4).max().unwrap()
                - frames[0].iter().skip(at).step_by(4).min().unwrap()
        };
        assert!(spread(0) > 150 && spread(1) > 20 && spread(3) > 20, "{name} is a picture in colour");
    }
}
