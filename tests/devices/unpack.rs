//! Unpacking of camera formats to YUYV, compared with plain loops in f64.

use gpucam::internals::{
    Colorimetry, Matrix, Range, Size,
    video::camera::{PixelFormat, PixelLayout, RangeTables},
};
use libtest_mimic::Trial;

use crate::{support::test, video::noise};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::unpack::like_the_definition", like_the_definition),
        test("devices::unpack::first_field_twice", first_field_twice),
        test("devices::unpack::a_wrong_stride_is_seen", a_wrong_stride_is_seen),
        test("devices::unpack::swapped_chroma_is_seen", swapped_chroma_is_seen),
        test("devices::unpack::short_pictures_are_refused", short_pictures_are_refused),
        test("devices::unpack::limited_codes_stay", limited_codes_stay),
        test("devices::unpack::plain_yuyv_needs_nothing", plain_yuyv_needs_nothing),
    ]
}

/// One 8-bit step: both sides round once, and halves may round either way.
const LSB: f64 = 1.0;

/// Bytes of a pixel in a row of the first plane.
fn row_bytes(pixel_format: PixelFormat) -> usize {
    match pixel_format {
        PixelFormat::Yuyv | PixelFormat::Uyvy | PixelFormat::Yvyu => 2,
        PixelFormat::Nv12 | PixelFormat::Nv21 | PixelFormat::Yu12 | PixelFormat::Yv12 => 1,
        PixelFormat::Rgb | PixelFormat::Bgr => 3,
        PixelFormat::Rgbx | PixelFormat::Bgrx | PixelFormat::Xrgb | PixelFormat::Xbgr => 4,
        PixelFormat::Mjpg => unreachable!("not raw"),
    }
}

/// All layouts: an even and an odd size, both ranges, with and without padding between rows.
pub fn layouts() -> Vec<PixelLayout> {
    let mut all = Vec::new();
    for pixel_format in PixelFormat::ALL.into_iter().filter(|format| *format != PixelFormat::Mjpg) {
        for size in [Size::new(64, 32), Size::new(46, 31)] {
            for range in [Range::Limited, Range::Full] {
                for padding in [0, 18] {
                    let stride = row_bytes(pixel_format) * size.width as usize + padding;
                    all.push(PixelLayout { pixel_format, size, stride, range });
                }
            }
        }
    }
    all
}

/// Y0, Cb, Y1 and Cr of the pair that begins with pixel (x, y). R'G'B' by the bytes that the formats' names list
/// (raw.h of PipeWire's libspa: byte order in memory), as colours by the mapping of [`Colorimetry`]; the chroma of a
/// pair is the mean.
pub fn reference_pair(layout: &PixelLayout, matrix: Matrix, bytes: &[u8], x: usize, y: usize) -> [f64; 4] {
    let order = match layout.pixel_format {
        PixelFormat::Rgb => "RGB",
        PixelFormat::Bgr => "BGR",
        PixelFormat::Rgbx => "RGBx",
        PixelFormat::Bgrx => "BGRx",
        PixelFormat::Xrgb => "xRGB",
        PixelFormat::Xbgr => "xBGR",
        _ => {
            let [[a, cb, cr], [b, ..]] = [x, x + 1].map(|x| reference(layout, bytes, x, y));
            return [a, cb, b, cr];
        }
    };
    let colorimetry = Colorimetry { matrix, range: Range::Limited };
    let codes = |x: usize| {
        let pixel = &bytes[y * layout.stride + x * order.len()..];
        let part = |name: char| f64::from(pixel[order.find(name).unwrap()]) / 255.0;
        colorimetry.ycbcr(['R', 'G', 'B'].map(part))
    };
    let ([a, cb0, cr0], [b, cb1, cr1]) = (codes(x), codes(x + 1));
    [a, (cb0 + cb1) / 2.0, b, (cr0 + cr1) / 2.0]
}

/// Y, Cb and Cr of pixel (x, y) by the kernel's documentation of each format ("Packed YUV formats", "NV12"
/// and "YUV420" of the Media API), with chroma rows halfway between luma rows.
pub fn reference(layout: &PixelLayout, bytes: &[u8], x: usize, y: usize) -> [f64; 3] {
    let PixelLayout { size, stride, range, .. } = *layout;
    let (height, pair) = (size.height as usize, x / 2);
    let half = height.div_ceil(2);
    let at = |index: usize| f64::from(bytes[index]);
    let packed = |y0: usize, cb: usize, cr: usize| {
        let row = y * stride + 4 * pair;
        [at(row + y0 + 2 * (x % 2)), at(row + cb), at(row + cr)]
    };
    // Luma row y lies at chroma row (y - 1/2) / 2, clamped at the edges.
    let planar = |sample: &dyn Fn(usize) -> f64| {
        let place = ((y as f64 - 0.5) / 2.0).clamp(0.0, (half - 1) as f64);
        let (above, part) = (place.floor() as usize, place.fract());
        let below = (above + 1).min(half - 1);
        sample(above) * (1.0 - part) + sample(below) * part
    };
    let luma = at(y * stride + x);
    let nv = |first: usize| planar(&|row| at(stride * (height + row) + 2 * pair + first));
    let plane =
        |number: usize| planar(&|row| at(stride * height + stride / 2 * (half * number + row) + pair));
    let codes = match layout.pixel_format {
        PixelFormat::Yuyv => packed(0, 1, 3),
        PixelFormat::Uyvy => packed(1, 0, 2),
        PixelFormat::Yvyu => packed(0, 3, 1),
        PixelFormat::Nv12 => [luma, nv(0), nv(1)],
        PixelFormat::Nv21 => [luma, nv(1), nv(0)],
        PixelFormat::Yu12 => [luma, plane(0), plane(1)],
        PixelFormat::Yv12 => [luma, plane(1), plane(0)],
        _ => unreachable!("not Y'CbCr"),
    };
    // BT.601-7 clause 2.5.3 and JFIF 1.02: the same colour in both ranges.
    match range {
        Range::Limited => codes,
        Range::Full => {
            let [y, cb, cr] = codes;
            let chroma = |c: f64| 128.0 + (c - 128.0) * 224.0 / 255.0;
            [16.0 + y * 219.0 / 255.0, chroma(cb), chroma(cr)]
        }
    }
}

fn unpacked(layout: &PixelLayout, bytes: &[u8]) -> Vec<u8> {
    // Poisoned, so that unwritten bytes show.
    let mut yuyv = vec![77; layout.size.yuyv_bytes()];
    layout.unpack(&RangeTables::from_range(layout.range), bytes, &mut yuyv).unwrap();
    yuyv
}

/// Largest difference between the YUYV and the reference.
fn error(layout: &PixelLayout, bytes: &[u8], yuyv: &[u8]) -> f64 {
    let (width, height) = (layout.size.width as usize, layout.size.height as usize);
    let mut most: f64 = 0.0;
    for y in 0..height {
        for x in (0..width).step_by(2) {
            let pair = &yuyv[2 * width * y + 2 * x..][..4];
            for (got, want) in pair.iter().zip(reference_pair(layout, Matrix::Bt601, bytes, x, y)) {
                most = most.max((f64::from(*got) - want).abs());
            }
        }
    }
    most
}

/// A noise picture of the right length.
fn picture(layout: &PixelLayout) -> Vec<u8> {
    noise(layout.bytes(), 3)
}

fn like_the_definition() {
    let all = layouts();
    assert_eq!(all.len(), 104);
    for layout in all {
        let bytes = picture(&layout);
        let most = error(&layout, &bytes, &unpacked(&layout, &bytes));
        assert!(most <= LSB, "{layout:?}: {most}");
    }
}

fn a_wrong_stride_is_seen() {
    for layout in layouts().into_iter().filter(|layout| layout.stride % 64 != 0 && layout.size.width == 64) {
        let bytes = noise(2 * layout.bytes(), 3);
        let tight = PixelLayout { stride: layout.stride - 18, ..layout };
        assert!(error(&layout, &bytes, &unpacked(&tight, &bytes)) > 50.0, "{layout:?}");
    }
}

fn swapped_chroma_is_seen() {
    for (one, other) in [
        (PixelFormat::Nv12, PixelFormat::Nv21),
        (PixelFormat::Yu12, PixelFormat::Yv12),
        (PixelFormat::Yuyv, PixelFormat::Yvyu),
        (PixelFormat::Rgb, PixelFormat::Bgr),
        (PixelFormat::Rgbx, PixelFormat::Bgrx),
        (PixelFormat::Xrgb, PixelFormat::Rgbx),
        (PixelFormat::Xbgr, PixelFormat::Xrgb),
    ] {
        let of = |pixel_format| PixelLayout {
            pixel_format,
            size: Size::new(64, 32),
            stride: 256,
            range: Range::Limited,
        };
        let bytes = noise(64 * 1024, 3);
        assert!(error(&of(one), &bytes, &unpacked(&of(other), &bytes)) > 50.0, "{one}");
    }
}

fn short_pictures_are_refused() {
    for layout in layouts() {
        let bytes = picture(&layout);
        let mut yuyv = vec![0; layout.size.yuyv_bytes()];
        let codes = RangeTables::from_range(layout.range);
        for short in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            assert!(layout.unpack(&codes, &bytes[..short], &mut yuyv).is_err(), "{layout:?} {short}");
        }
    }
}

fn limited_codes_stay() {
    let codes = RangeTables::from_range(Range::Limited);
    for value in 0..=255u8 {
        assert_eq!((codes.luma(value), codes.chroma(4 * u16::from(value))), (value, value));
    }
    let full = RangeTables::from_range(Range::Full);
    assert_eq!([0, 255].map(|y| full.luma(y)), [16, 235]);
    assert_eq!([0, 4 * 128, 4 * 255].map(|sum| full.chroma(sum)), [16, 128, 240]);
}

fn plain_yuyv_needs_nothing() {
    let plain = PixelLayout {
        pixel_format: PixelFormat::Yuyv,
        size: Size::new(64, 32),
        stride: 128,
        range: Range::Limited,
    };
    assert!(plain.is_yuyv());
    assert!(!PixelLayout { stride: 130, ..plain }.is_yuyv());
    assert!(!PixelLayout { range: Range::Full, ..plain }.is_yuyv());
    assert!(!PixelLayout { pixel_format: PixelFormat::Yvyu, ..plain }.is_yuyv());
    assert_eq!(plain.bytes(), plain.size.yuyv_bytes());
}

/// Every sample of a second row becomes the one above it in its plane; the first rows stay.
fn first_field_twice() {
    let size = Size::new(22, 10);
    for pixel_format in PixelFormat::ALL.into_iter().filter(|format| *format != PixelFormat::Mjpg) {
        for padding in [0, 8] {
            let stride = size.width as usize * row_bytes(pixel_format) + padding;
            let layout = PixelLayout { pixel_format, size, stride, range: Range::Limited };
            let before: Vec<u8> = (0..layout.bytes()).map(|i| (i * 37 % 251) as u8).collect();
            let mut after = before.clone();
            layout.double_first_field(&mut after);
            let components = match (layout.plane_layouts(), layout.rgb_layouts()) {
                (Some(planes), _) => {
                    let chroma_rows = if planes.is_halved { 5 } else { 10 };
                    [
                        (planes.luma, 22, 10),
                        (planes.chroma[0], 11, chroma_rows),
                        (planes.chroma[1], 11, chroma_rows),
                    ]
                }
                (None, rgb) => rgb.unwrap().map(|place| (place, 22, 10)),
            };
            let mut changed = 0;
            for (plane, columns, rows) in components {
                for (x, y) in (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))) {
                    let at = |y: usize| plane.offset + y * plane.stride + x * plane.step;
                    assert_eq!(
                        after[at(y)],
                        before[at(y - y % 2)],
                        "{pixel_format} ({x}, {y}), padding {padding}"
                    );
                    changed += usize::from(after[at(y)] != before[at(y)]);
                }
            }
            assert!(changed > 100, "control: {pixel_format} would be the same without");
        }
    }
}
