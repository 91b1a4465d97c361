//! MJPG frames: flat colours, missing Huffman tables, odd but whole frames, frames that are not whole.

use gpucam::internals::{
    Colorimetry, Matrix, Range, Size,
    video::{
        camera::{RangeTables, jpeg, jpeg::BrokenFrame},
        jpeg::check,
    },
};
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use libtest_mimic::Trial;

use crate::support::{Files, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::jpeg::flat_colours_come_out", flat_colours_come_out),
        test("devices::jpeg::without_huffman_tables", without_huffman_tables),
        test("devices::jpeg::what_is_no_jpeg_is_refused", what_is_no_jpeg_is_refused),
        test("devices::jpeg::cut_frames_are_noticed", cut_frames_are_noticed),
        test("devices::jpeg::damaged_frames_are_noticed", damaged_frames_are_noticed),
        test("devices::jpeg::restarts_and_junk", restarts_and_junk),
        test("devices::jpeg::larger_frames_are_cropped", larger_frames_are_cropped),
        test("devices::jpeg::grey_has_neutral_chroma", grey_has_neutral_chroma),
        needs(&[Files::Field], test("devices::jpeg::frames_from_the_field", frames_from_the_field)),
    ]
}

const SIZE: Size = Size::new(64, 32);

fn picture(size: Size, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    picture_of_quality(100, size, pixel)
}

fn picture_of_quality(quality: u8, size: Size, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let rgb: Vec<u8> = (0..size.height)
        .flat_map(|y| (0..size.width).map(move |x| (x, y)))
        .flat_map(|(x, y)| pixel(x, y))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.encode(&rgb, size.width, size.height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

fn unpacked_to(size: Size, bytes: &[u8]) -> Result<Vec<u8>, BrokenFrame> {
    let mut yuyv = vec![77; size.yuyv_bytes()];
    jpeg::unpack(&RangeTables::from_range(Range::Full), size, bytes, &mut yuyv).map(|()| yuyv)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, BrokenFrame> {
    unpacked_to(SIZE, bytes)
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

fn what_is_no_jpeg_is_refused() {
    for bytes in [&[][..], &[0xFF], &[0xFF, 0xD8], &[0xFF, 0xD8, 0xFF], b"not a JPEG at all"] {
        assert!(unpacked(bytes).is_err(), "{bytes:?}");
    }
    let ended = [0xFF, 0xD8, 0xFF, 0xD9];
    assert!(unpacked(&ended).is_err());
}

/// A picture with detail everywhere, so that no block is short.
fn busy(quality: u8, size: Size) -> Vec<u8> {
    picture_of_quality(quality, size, |x, y| {
        let wave =
            |a: f64, b: f64| (128.0 + 90.0 * (a * f64::from(x)).sin() * (b * f64::from(y)).cos()) as u8;
        [wave(0.3, 0.7), wave(0.9, 0.2), wave(0.05, 0.5) ^ ((x * 7 + y * 13) % 32) as u8]
    })
}

/// Where the entropy-coded data begin: after the only scan header.
fn data_start(bytes: &[u8]) -> usize {
    let mut at = 2;
    loop {
        let end = at + 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        if bytes[at + 1] == 0xDA {
            return end;
        }
        at = end;
    }
}

const EOI: [u8; 2] = [0xFF, 0xD9];

fn cut_frames_are_noticed() {
    let whole = busy(100, SIZE);
    let clean = unpacked(&whole).unwrap();
    let (start, end) = (data_start(&whole), whole.len() - EOI.len());
    assert!(end - start > 2000, "{} bytes of data", end - start);
    for cut in start..end {
        let head = &whole[..cut];
        assert_eq!(unpacked(head), Err(BrokenFrame::CutOff), "cut at {cut} of {end}");
        // A camera may end what it lost with a marker, or hand out a buffer that ends in zeros.
        let ended = [head, &EOI].concat();
        assert!(unpacked(&ended).is_err(), "cut at {cut} of {end}, then EOI");
        let zeros = [head, &vec![0; whole.len() - cut]].concat();
        if end - cut > 64 {
            assert!(unpacked(&zeros).is_err(), "cut at {cut} of {end}, then zeros");
        }
    }
    // Whole: nothing but the last marker is missing, or something follows it.
    assert_eq!(unpacked(&whole[..end]).as_ref(), Ok(&clean), "all blocks are there");
    assert_eq!(unpacked(&[&whole[..], &[0; 700]].concat()).as_ref(), Ok(&clean), "zeros after the end");
    let first = 4 + usize::from(u16::from_be_bytes([whole[4], whole[5]])); // SOI, and a segment with its marker
    for junk in [&[0][..], &[0, 1, 2, 3, 4, 5]] {
        let padded = [&whole[..first], junk, &whole[first..]].concat();
        assert_eq!(unpacked(&padded).as_ref(), Ok(&clean), "{junk:?} before a marker");
    }
    // Control: the decoder alone takes half a picture for a whole one.
    let half = [&whole[..start + (end - start) / 2], &EOI].concat();
    assert!(image::load_from_memory(&half).is_ok());
}

/// Damage of a size that a lost or garbled transfer has is noticed. A single changed byte is not always: the
/// codes soon fall into step again, and what comes out may be another valid picture.
fn damaged_frames_are_noticed() {
    const TRIES: usize = 200;
    let size = Size::new(320, 176);
    let whole = busy(85, size);
    assert!(unpacked_to(size, &whole).is_ok(), "the control");
    let (start, end) = (data_start(&whole), whole.len() - EOI.len());
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 16) as usize % limit
    };
    // Data of the same picture may hold as many blocks as those they replace.
    for (name, least) in [("lost", 98), ("of another place", 60), ("of zeros", 98), ("of noise", 98)] {
        let mut noticed = 0;
        for _ in 0..TRIES {
            let mut bytes = whole.clone();
            let length = 256 + below(768);
            let at = start + below(end - start - length);
            match name {
                "lost" => drop(bytes.drain(at..at + length)),
                "of zeros" => bytes[at..at + length].fill(0),
                "of noise" => bytes[at..at + length].fill_with(|| below(256) as u8),
                _ => {
                    let from = start + below(end - start - length);
                    bytes[at..at + length].copy_from_slice(&whole[from..from + length]);
                }
            }
            noticed += usize::from(unpacked_to(size, &bytes).is_err());
        }
        note!("256 to 1023 bytes {name}: {noticed} of {TRIES} noticed");
        assert!(100 * noticed >= least * TRIES, "bytes {name}: {noticed} of {TRIES}");
    }
    // Any change at all must neither panic nor hang.
    for _ in 0..300 {
        let mut bytes = whole.clone();
        let at = below(bytes.len());
        bytes[at] ^= 1 + below(255) as u8;
        let _ = unpacked_to(size, &bytes);
    }
}

/// The picture with a restart marker after each row of blocks: strips coded alone and put together, with
/// `junk` before each marker.
fn with_restarts(size: Size, pixel: impl Fn(u32, u32) -> [u8; 3], junk: &[u8]) -> Vec<u8> {
    const STRIP: u32 = 16;
    let strips: Vec<Vec<u8>> = (0..size.height / STRIP)
        .map(|strip| picture(Size::new(size.width, STRIP), |x, y| pixel(x, strip * STRIP + y)))
        .collect();
    let whole = picture(size, &pixel);
    let start = data_start(&whole);
    // Components of 1x1 have units of 8x8 pixels, others of 16x16.
    let sof = whole.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let side = if whole[sof + 11] == 0x11 { 8 } else { 16 };
    let units = (size.width / side * (STRIP / side)) as u16;
    let scan = start - usize::from(u16::from_be_bytes([0, 14])); // marker, length, 10 bytes
    assert_eq!(whole[scan..scan + 2], [0xFF, 0xDA]);
    let mut bytes = whole[..scan].to_vec();
    bytes.extend([0xFF, 0xDD, 0, 4]);
    bytes.extend(units.to_be_bytes());
    bytes.extend(&whole[scan..start]);
    for (index, strip) in strips.iter().enumerate() {
        if index > 0 {
            bytes.extend(junk);
            bytes.extend([0xFF, 0xD0 + (index as u8 - 1) % 8]);
        }
        bytes.extend(&strip[data_start(strip)..strip.len() - EOI.len()]);
    }
    bytes.extend(EOI);
    bytes
}

fn restarts_and_junk() {
    let size = Size::new(64, 176); // eleven strips: the markers' numbers begin again
    let pixel = |x: u32, y: u32| [(4 * x) as u8, (y + x) as u8, (x * y) as u8];
    let plain = unpacked_to(size, &picture(size, pixel)).unwrap();
    let restarts = with_restarts(size, pixel, &[]);
    assert_eq!(unpacked_to(size, &restarts).unwrap(), plain, "with restart markers");
    for junk in [&[0x5A][..], &[1, 2, 3, 4, 5, 6, 7, 8], &[0xFF, 0, 0xAA, 0xFF, 0]] {
        let with_junk = with_restarts(size, pixel, junk);
        assert_eq!(unpacked_to(size, &with_junk).unwrap(), plain, "with {junk:?} before each");
    }
    let markers: Vec<usize> = (0..restarts.len() - 1)
        .filter(|&at| restarts[at] == 0xFF && (0xD0..=0xD7).contains(&restarts[at + 1]))
        .collect();
    assert_eq!(markers.len(), 10);
    // A strip lost, whole strips swapped, a marker lost.
    let lost = [&restarts[..markers[3]], &restarts[markers[4]..]].concat();
    assert!(unpacked_to(size, &lost).is_err(), "a strip is lost");
    let swapped = [
        &restarts[..markers[3]],
        &restarts[markers[4]..markers[5]],
        &restarts[markers[3]..markers[4]],
        &restarts[markers[5]..],
    ]
    .concat();
    assert!(unpacked_to(size, &swapped).is_err(), "strips are swapped");
    let unmarked = [&restarts[..markers[3]], &restarts[markers[3] + 2..]].concat();
    assert!(unpacked_to(size, &unmarked).is_err(), "a marker is lost");
}

fn larger_frames_are_cropped() {
    let pixel = |x: u32, y: u32| [(4 * x) as u8, (8 * y) as u8, 128];
    for (width, height) in [(64, 40), (64, 47), (72, 32), (79, 47)] {
        let own = Size::new(width, height);
        let bytes = picture(own, pixel);
        let got = unpacked(&bytes).unwrap();
        let even = Size::new(width & !1, height);
        let whole = unpacked_to(even, &bytes).unwrap();
        for y in 0..SIZE.height as usize {
            let row = &whole[2 * y * even.width as usize..][..2 * SIZE.width as usize];
            assert_eq!(&got[2 * y * SIZE.width as usize..][..row.len()], row, "row {y} of {own}");
        }
    }
    for (width, height) in [(64, 48), (80, 32), (64, 31), (62, 32), (32, 32), (128, 64)] {
        let got = Size::new(width, height);
        let refused = unpacked(&picture(got, pixel)).unwrap_err();
        assert_eq!(refused, BrokenFrame::Size { asked: SIZE, got });
        let words = refused.to_string();
        assert!(words.contains("64x32") && words.contains(&got.to_string()), "{words}");
    }
}

fn grey_has_neutral_chroma() {
    let mut bytes = Vec::new();
    let ramp: Vec<u8> =
        (0..SIZE.height).flat_map(|y| (0..SIZE.width).map(move |x| (3 * x + y) as u8)).collect();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
    encoder.encode(&ramp, SIZE.width, SIZE.height, ExtendedColorType::L8).unwrap();
    let got = unpacked(&bytes).unwrap();
    assert!(got.iter().skip(1).step_by(2).all(|&chroma| chroma == 128));
    let limited = |code: u8| 16.0 + 219.0 * f64::from(code) / 255.0;
    let off = got.iter().step_by(2).zip(&ramp).map(|(&got, &code)| (f64::from(got) - limited(code)).abs());
    assert!(off.fold(0.0, f64::max) <= LSB);
}

fn frames_from_the_field() {
    let read = |name: &str| std::fs::read(Files::Field.path(name)).unwrap();
    let size = Size::new(640, 360);
    let camera = unpacked_to(size, &read("camera-640x360.jpg")).unwrap();
    assert_eq!(unpacked_to(size, &read("padded-640x360.jpg")).unwrap(), camera);
    let restart = unpacked_to(size, &read("restart-640x360.jpg")).unwrap();
    assert_eq!(unpacked_to(size, &read("junk-before-restart-640x360.jpg")).unwrap(), restart);
    assert_eq!(unpacked_to(size, &read("truncated-640x360.jpg")), Err(BrokenFrame::CutOff));
    let grey = unpacked_to(size, &read("grey-640x360.jpg")).unwrap();
    assert!(grey.iter().skip(1).step_by(2).all(|&chroma| chroma == 128));
    // All show the same scene; the files are not the same to the last code.
    let off = |a: &[u8], b: &[u8]| {
        let lumas = a.iter().zip(b).step_by(2);
        lumas.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / size.area() as f64
    };
    let taller = unpacked_to(size, &read("taller-640x368.jpg")).unwrap();
    let mirrored: Vec<u8> = camera.chunks_exact(1280).rev().flatten().copied().collect();
    let others = [&taller, &grey, &restart].map(|frame| off(frame, &camera));
    note!("taller, grey, restart: {others:.2?}; upside down: {:.2}", off(&mirrored, &camera));
    assert!(others.iter().all(|&off| off < 5.0));
    assert!(off(&mirrored, &camera) > 10.0, "the control passed");
    let other = unpacked_to(Size::new(640, 480), &read("camera-640x360.jpg")).unwrap_err().to_string();
    assert!(other.contains("640x360") && other.contains("640x480"), "{other}");
    assert!(check(&read("camera-640x360.jpg")).is_ok());
}
