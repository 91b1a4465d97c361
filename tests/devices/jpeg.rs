//! MJPG frames: flat colours, missing Huffman tables, damaged frames.

use gpucam::internals::{
    Colorimetry, Matrix, Range, Size,
    video::camera::{RangeTables, jpeg},
};
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use libtest_mimic::Trial;

use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::jpeg::flat_colours_come_out", flat_colours_come_out),
        test("devices::jpeg::without_huffman_tables", without_huffman_tables),
        test("devices::jpeg::damaged_frames_are_refused_or_decoded", damaged_frames_are_refused_or_decoded),
    ]
}

const SIZE: Size = Size::new(64, 32);

fn picture(size: Size, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let rgb: Vec<u8> = (0..size.height)
        .flat_map(|y| (0..size.width).map(move |x| (x, y)))
        .flat_map(|(x, y)| pixel(x, y))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
    encoder.encode(&rgb, size.width, size.height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut yuyv = vec![77; SIZE.yuyv_bytes()];
    jpeg::unpack(&RangeTables::from_range(Range::Full), SIZE, bytes, &mut yuyv).map(|()| yuyv)
}

/// One step for the encoder's rounding to full-range codes, one for ours to limited range. JFIF is BT.601.
const LSB: f64 = 2.0;

fn error(rgb: [u8; 3], colorimetry: Colorimetry) -> f64 {
    let want = colorimetry.ycbcr(rgb.map(|v| f64::from(v) / 255.0));
    let yuyv = unpacked(&picture(SIZE, |_, _| rgb)).unwrap();
    let codes = yuyv
        .chunks_exact(4)
        .flat_map(|p| [(p[0], want[0]), (p[2], want[0]), (p[1], want[1]), (p[3], want[2])]);
    codes.map(|(got, want)| (f64::from(got) - want).abs()).fold(0.0, f64::max)
}

fn flat_colours_come_out() {
    let (mut most, mut wrong): (f64, f64) = (0.0, 0.0);
    for rgb in [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3], [0; 3], [200, 120, 30], [90; 3]] {
        most = most.max(error(rgb, Colorimetry::default()));
        wrong = wrong.max(error(rgb, Colorimetry { range: Range::Full, ..Colorimetry::default() }));
        wrong = wrong.min(error([255, 0, 0], Colorimetry { matrix: Matrix::Bt709, range: Range::Limited }));
    }
    assert!(most <= LSB, "{most}");
    assert!(wrong > LSB, "another range or matrix is another picture: {wrong}");
}

/// Motion JPEG omits the Huffman tables of ISO 10918-1 annex K, which are the ones that this encoder writes.
fn without_huffman_tables() {
    let whole = picture(SIZE, |x, y| [(4 * x) as u8, (8 * y) as u8, 128]);
    let (mut bare, mut at, mut tables) = (whole[..2].to_vec(), 2, 0);
    while whole[at + 1] != 0xDA {
        let end = at + 2 + usize::from(u16::from_be_bytes([whole[at + 2], whole[at + 3]]));
        if whole[at + 1] == 0xC4 {
            tables += 1
        } else {
            bare.extend_from_slice(&whole[at..end])
        }
        at = end;
    }
    bare.extend_from_slice(&whole[at..]);
    assert!(tables > 0);
    assert_eq!(unpacked(&bare).unwrap(), unpacked(&whole).unwrap());
}

fn damaged_frames_are_refused_or_decoded() {
    let whole = picture(SIZE, |x, y| [(4 * x) as u8, (8 * y) as u8, 128]);
    assert!(unpacked(&picture(Size::new(32, 32), |_, _| [9; 3])).unwrap_err().contains("32x32"));
    for bytes in [&[][..], &[0xFF], &[0xFF, 0xD8], &[0xFF, 0xD8, 0xFF], b"not a JPEG at all"] {
        assert!(unpacked(bytes).is_err(), "{bytes:?}");
    }
    for part in 0..64 {
        let cut = &whole[..whole.len() * part / 64];
        let mut broken = whole.clone();
        let at = 2 + (whole.len() - 2) * part / 64;
        broken[at] ^= 0x55;
        // It must neither panic nor hang; it may still decode.
        let _ = (unpacked(cut), unpacked(&broken));
    }
}
