//! Cameras of PipeWire without PipeWire: its parameters as bytes, and the memory of its buffers.

use gpucam::internals::{
    Colorimetry, Matrix, Range, Size,
    video::{
        Fps,
        camera::{BrokenFrame, CameraRequest, PixelFormat, PixelLayout, RangeTables, choice::choose},
        pipewire::{
            blocks::{Block, gather},
            find::WantedCamera,
            offers::{asked, colorimetry, offered, parse, rates_at},
        },
    },
};
use libtest_mimic::Trial;
use pipewire::spa::{
    param::{
        ParamType,
        format::{FormatProperties, MediaSubtype, MediaType},
        video::VideoFormat as SpaFormat,
    },
    pod::{Object, Value, object, property, serialize::PodSerializer},
    utils::{Fraction, Id, Rectangle, SpaTypes},
};

use crate::{devices::unpack::layouts, support::test, video::noise};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::pipewire::formats_are_read", formats_are_read),
        test("devices::pipewire::formats_are_chosen", formats_are_chosen),
        test("devices::pipewire::rgb_is_named_by_its_bytes", rgb_is_named_by_its_bytes),
        test("devices::pipewire::names_are_read", names_are_read),
        test("devices::pipewire::wrong_sizes_are_no_format", wrong_sizes_are_no_format),
        test("devices::pipewire::padding_is_dropped", padding_is_dropped),
        test("devices::pipewire::rows_in_words", rows_in_words),
        test("devices::pipewire::short_memory_is_a_broken_frame", short_memory_is_a_broken_frame),
    ]
}

const VGA: Size = Size::new(640, 480);
const HD: Size = Size::new(1280, 720);

fn bytes(object: Object) -> Vec<u8> {
    PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &Value::Object(object)).unwrap().0.into_inner()
}

fn rectangle(size: Size) -> Rectangle {
    Rectangle { width: size.width, height: size.height }
}

fn fraction(num: u32, denom: u32) -> Fraction {
    Fraction { num, denom }
}

/// As the daemon's V4L2 plugin describes YUYV of one size: rates as a list.
fn yuy2() -> Vec<u8> {
    bytes(object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
        property!(FormatProperties::VideoFormat, Id, SpaFormat::YUY2),
        property!(FormatProperties::VideoSize, Rectangle, rectangle(HD)),
        property!(
            FormatProperties::VideoFramerate,
            Choice,
            Enum,
            Fraction,
            fraction(10, 1),
            fraction(10, 1),
            fraction(5, 1)
        ),
    ))
}

/// As the same plugin describes JPEGs: a range of rates.
fn mjpg() -> Vec<u8> {
    bytes(object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Mjpg),
        property!(FormatProperties::VideoSize, Rectangle, rectangle(HD)),
        property!(
            FormatProperties::VideoFramerate,
            Choice,
            Range,
            Fraction,
            fraction(30, 1),
            fraction(0, 1),
            fraction(60, 1)
        ),
    ))
}

/// Parameters whose sizes are not those of their types: libspa would divide by a choice's, and ask for the memory that
/// an array's says. Each is the format that is read, but for one number.
fn wrong_sizes_are_no_format() {
    let right = rgb();
    assert!(!parse(&right).is_empty());
    let mut tried = 0;
    for at in (8..right.len() - 4).step_by(4) {
        for wrong in [0_u32, 1, 3, u32::MAX, u32::MAX / 2] {
            let mut pod = right.clone();
            pod[at..at + 4].copy_from_slice(&wrong.to_ne_bytes());
            // It must come back; what it reads of it is its own business.
            let _ = offered(&parse(&pod));
            tried += 1;
        }
    }
    assert!(tried > 100);
    // The size of a choice's elements: the kind of its first choice, 19, comes 8 bytes and two numbers before it.
    let choice = right.windows(4).position(|word| word == 19_u32.to_ne_bytes()).unwrap();
    let mut pod = right.clone();
    pod[choice + 12..choice + 16].fill(0);
    assert!(parse(&pod).is_empty(), "a choice of nothing");
    // An object that ends before the padding of its last value.
    let mut pod = bytes(object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Mjpg),
    ));
    assert!(!parse(&pod).is_empty());
    pod.truncate(pod.len() - 4);
    let size = pod.len() as u32 - 8;
    pod[..4].copy_from_slice(&size.to_ne_bytes());
    assert!(parse(&pod).is_empty(), "a value without its padding");
    // A string without even the 0 at its end, the only pod: size 0, of type 8.
    assert!(parse(&[0, 0, 0, 0, 8, 0, 0, 0]).is_empty(), "a string of nothing");
}

/// All of them, for the fuzzers.
pub fn pods() -> Vec<Vec<u8>> {
    vec![yuy2(), mjpg(), rgb()]
}

/// As libcamera's software processor or a screen describes RGB: several formats at once, any even size, no rate.
fn rgb() -> Vec<u8> {
    bytes(object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
        property!(
            FormatProperties::VideoFormat,
            Choice,
            Enum,
            Id,
            SpaFormat::BGRx,
            SpaFormat::BGRx,
            SpaFormat::GRAY8,
            SpaFormat::RGB
        ),
        property!(
            FormatProperties::VideoSize,
            Choice,
            Step,
            Rectangle,
            rectangle(VGA),
            rectangle(Size::new(32, 32)),
            rectangle(Size::new(1920, 1080)),
            rectangle(Size::new(2, 2))
        ),
    ))
}

fn h264() -> Vec<u8> {
    bytes(object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::H264),
        property!(FormatProperties::VideoSize, Rectangle, rectangle(HD)),
    ))
}

fn names(pod: &[u8]) -> Vec<PixelFormat> {
    offered(&parse(pod)).into_iter().map(|offer| offer.pixel_format).collect()
}

fn formats_are_read() {
    assert_eq!(names(&yuy2()), [PixelFormat::Yuyv]);
    assert_eq!(names(&mjpg()), [PixelFormat::Mjpg]);
    assert_eq!(names(&rgb()), [PixelFormat::Bgrx, PixelFormat::Rgb]);
    // What gpucam does not read, and what is no parameter at all.
    assert_eq!(names(&h264()), []);
    assert_eq!(names(b"neither"), []);
    assert_eq!(names(&yuy2()[..24]), []);
    assert_eq!(names(&[]), []);
    let none = CameraRequest::default();
    assert!(choose(&offered(&parse(&h264())), none, |_, _| Vec::new()).is_err());
}

/// By the same rules as V4L2's, and asked for as they were offered.
fn formats_are_chosen() {
    let formats: Vec<_> = [yuy2(), mjpg(), rgb(), h264()].iter().flat_map(|pod| parse(pod)).collect();
    let fps = |rate: u32| Fps::new(rate, 1);
    let of = |size, rate, pixel_format| {
        let request = CameraRequest { size, fps: rate, pixel_format };
        let target = rate.unwrap_or(Fps::DEFAULT);
        let chosen = choose(&offered(&formats), request, |code, size| rates_at(&formats, code, size, target));
        chosen.map(|choice| ((choice.pixel_format, choice.size, choice.fps), choice))
    };
    for (size, rate, pixel_format, want) in [
        // YUYV reaches 10 only; RGB names no rate, JPEG has any up to 60.
        (None, None, None, (PixelFormat::Mjpg, HD, fps(30))),
        (None, fps(10), None, (PixelFormat::Yuyv, HD, fps(10))),
        (Some(HD), fps(90), None, (PixelFormat::Mjpg, HD, fps(60))),
        (Some(VGA), None, None, (PixelFormat::Rgb, VGA, None)),
        (Some(VGA), None, Some(PixelFormat::Bgrx), (PixelFormat::Bgrx, VGA, None)),
    ] {
        let (got, choice) = of(size, rate, pixel_format).unwrap();
        assert_eq!(got, want);
        // The parameter that asks for it offers just that.
        let pod = asked(&choice).pod().as_bytes().to_vec();
        let [one] = &parse(&pod)[..] else { panic!("{got:?} is asked for in several ways") };
        assert_eq!(one.fixed(), Some((got.0, got.1)));
        assert_eq!(rates_at(&parse(&pod), choice.fourcc, got.1, Fps::DEFAULT), Vec::from_iter(got.2));
    }
    // An odd width, a size beyond, a format that is not there.
    assert!(of(Some(Size::new(641, 480)), None, None).is_err());
    assert!(of(Some(Size::new(4000, 3000)), None, None).is_err());
    assert!(of(None, None, Some(PixelFormat::Nv12)).is_err());
    // Colours: JPEG and R'G'B' are full range, the rest limited, unless the camera says otherwise.
    for (size, range) in [(Some(HD), Range::Full), (Some(VGA), Range::Full)] {
        let (_, choice) = of(size, None, None).unwrap();
        assert_eq!(colorimetry(&formats, &choice), Colorimetry { matrix: Matrix::Bt601, range });
    }
    let (_, choice) = of(None, fps(10), None).unwrap();
    assert_eq!(colorimetry(&formats, &choice), Colorimetry::default());
}

/// SPA counts the bytes of a pixel from the lowest address. The numbers are those of spa/param/video/raw.h.
fn rgb_is_named_by_its_bytes() {
    // Number in SPA, and where R, G and B lie.
    for (id, places) in [
        (7, [0, 1, 2]),
        (8, [2, 1, 0]),
        (9, [1, 2, 3]),
        (10, [3, 2, 1]),
        (11, [0, 1, 2]),
        (12, [2, 1, 0]),
        (13, [1, 2, 3]),
        (14, [3, 2, 1]),
        (15, [0, 1, 2]),
        (16, [2, 1, 0]),
    ] {
        let pod = bytes(object!(
            SpaTypes::ObjectParamFormat,
            ParamType::EnumFormat,
            property!(FormatProperties::MediaType, Id, MediaType::Video),
            property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
            property!(FormatProperties::VideoFormat, Value::Id(Id(id))),
            property!(FormatProperties::VideoSize, Rectangle, rectangle(VGA)),
        ));
        let [pixel_format] = names(&pod)[..] else { panic!("{id} is not read") };
        let layout = PixelLayout { pixel_format, size: VGA, stride: 640 * 4, range: Range::Full };
        let got = layout.rgb_layouts().unwrap();
        assert_eq!(got.map(|place| place.offset), places, "{id}");
        assert_eq!(got[0].step, if id >= 15 { 3 } else { 4 }, "{id}");
    }
}

fn names_are_read() {
    let wanted = |portal, name: Option<&str>| Some(WantedCamera { portal, name: name.map(str::to_owned) });
    assert_eq!(WantedCamera::parse("pipewire"), wanted(false, None));
    assert_eq!(WantedCamera::parse("PipeWire:"), wanted(false, None));
    assert_eq!(WantedCamera::parse("pipewire:Logitech: C920"), wanted(false, Some("Logitech: C920")));
    assert_eq!(WantedCamera::parse("pipewire:57"), wanted(false, Some("57")));
    assert_eq!(WantedCamera::parse("portal"), wanted(true, None));
    for of_v4l2 in ["0", "/dev/video0", "pipewire-camera", "USB: pipewire"] {
        assert_eq!(WantedCamera::parse(of_v4l2), None, "{of_v4l2}");
    }
}

/// A frame with padded rows, in one block or one for each plane, is the frame without.
fn padding_is_dropped() {
    let mut tried = 0;
    for padded in layouts().into_iter().filter(|layout| layout.stride.is_multiple_of(2)) {
        let planar = padded.plane_layouts().filter(|planes| planes.is_halved);
        let tight =
            PixelLayout { stride: padded.pixel_format.row_bytes(padded.size.width) as usize, ..padded };
        let bytes = noise(padded.bytes() + 64, 5);
        let (mut want, mut got) = (vec![0; padded.size.yuyv_bytes()], vec![0; padded.size.yuyv_bytes()]);
        let tables = RangeTables::from_range(padded.range);
        padded.unpack(&tables, &bytes, &mut want).unwrap();
        let stride = padded.stride as i32;
        let one = vec![Block { bytes: &bytes, stride }];
        // Planes by the places of their first samples.
        let apart = planar.map(|planes| {
            let [cb, cr] = planes.chroma.map(|plane| plane.offset);
            let stride_of = |step: usize| if step == 2 { stride } else { stride / 2 };
            let step = planes.chroma[0].step;
            let mut starts = if step == 2 { vec![cb.min(cr)] } else { vec![cb.min(cr), cb.max(cr)] };
            starts.sort_unstable();
            let luma = Block { bytes: &bytes[..padded.stride * padded.size.height as usize], stride };
            let chroma =
                starts.iter().map(|start| Block { bytes: &bytes[*start..], stride: stride_of(step) });
            std::iter::once(luma).chain(chroma).collect::<Vec<_>>()
        });
        for blocks in [Some(one), apart].into_iter().flatten() {
            let mut frame = Vec::new();
            gather(&tight, &blocks, &mut frame).unwrap();
            assert_eq!(frame.len(), tight.bytes(), "{padded:?}");
            tight.unpack(&tables, &frame, &mut got).unwrap();
            assert!(got == want, "{padded:?} in {} blocks", blocks.len());
            // The control: rows that are closer together than they are.
            if padded.stride > tight.stride {
                let wrong: Vec<_> = blocks.iter().map(|block| Block { stride: 0, ..*block }).collect();
                gather(&tight, &wrong, &mut frame).unwrap();
                tight.unpack(&tables, &frame, &mut got).unwrap();
                assert!(got != want, "control: {padded:?} is the same with another stride");
            }
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

/// GStreamer's rows begin with a word. Its chunks do not say so, but have the size that goes with it.
fn rows_in_words() {
    let size = Size::new(642, 362);
    for pixel_format in [PixelFormat::Yu12, PixelFormat::Nv12, PixelFormat::Rgb, PixelFormat::Yuyv] {
        let row = pixel_format.row_bytes(size.width) as usize;
        let tight = PixelLayout { pixel_format, size, stride: row, range: Range::Limited };
        let plane = |bytes: usize, rows: usize, seed: u64| {
            let rows: Vec<Vec<u8>> = (0..rows).map(|y| noise(bytes, seed + y as u64)).collect();
            let padded: Vec<u8> = rows
                .iter()
                .flat_map(|row| row.iter().copied().chain(vec![0xAA; bytes.next_multiple_of(4) - bytes]))
                .collect();
            (rows.concat(), padded)
        };
        let mut planes = vec![plane(row, 362, 1)];
        match pixel_format {
            PixelFormat::Yu12 => planes.extend([plane(321, 181, 1000), plane(321, 181, 2000)]),
            PixelFormat::Nv12 => planes.push(plane(642, 181, 1000)),
            _ => {}
        }
        let (want, padded): (Vec<_>, Vec<_>) = planes.into_iter().unzip();
        let (want, padded) = (want.concat(), padded.concat());
        let mut frame = Vec::new();
        gather(&tight, &[Block { bytes: &padded, stride: 0 }], &mut frame).unwrap();
        assert!(frame == want, "{pixel_format}");
        // The control: in a block of another size, rows have no padding.
        if !row.is_multiple_of(4) {
            let other = Block { bytes: &padded[..padded.len() - 1], stride: 0 };
            gather(&tight, &[other], &mut frame).unwrap();
            assert!(frame != want, "control: {pixel_format}");
        }
    }
}

fn short_memory_is_a_broken_frame() {
    let layout =
        PixelLayout { pixel_format: PixelFormat::Nv12, size: VGA, stride: 640, range: Range::Limited };
    let bytes = noise(640 * 480 * 3 / 2, 1);
    let mut frame = Vec::new();
    let mut of = |bytes: &[u8], stride: i32| gather(&layout, &[Block { bytes, stride }], &mut frame);
    assert_eq!(of(&bytes, 640), Ok(()));
    for short in [0, 1, 640 * 480, bytes.len() - 1] {
        assert_eq!(of(&bytes[..short], 640), Err(BrokenFrame::CutOff), "{short}");
    }
    assert_eq!(of(&bytes, 700), Err(BrokenFrame::CutOff));
    for stride in [639, -640, i32::MIN] {
        assert!(matches!(of(&bytes, stride), Err(BrokenFrame::Damaged(_))), "{stride}");
    }
    let three = [Block { bytes: &bytes, stride: 640 }; 3];
    assert!(matches!(gather(&layout, &three, &mut frame), Err(BrokenFrame::Damaged(_))));
}
