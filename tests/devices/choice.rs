//! Choice of the camera format.

use gpucam::internals::cli::hint::format_hint;
use gpucam::internals::{
    Size,
    video::{
        Fps,
        camera::{CameraRequest, ChosenFormat, OfferedFormat, PixelFormat, choice::choose, fourcc_text},
        v4l2::FrameSizes,
    },
};
use libtest_mimic::Trial;

use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("devices::choice::by_the_real_rate", by_the_real_rate),
        test("devices::choice::of_sizes", of_sizes),
        test("devices::choice::refusals_say_what_there_is", refusals_say_what_there_is),
        test("devices::choice::formats_have_names", formats_have_names),
    ]
}

const VGA: Size = Size::new(640, 480);
const HD: Size = Size::new(1280, 720);
const FULL_HD: Size = Size::new(1920, 1080);

fn code(pixel_format: PixelFormat) -> u32 {
    u32::from_le_bytes(*pixel_format.fourccs()[0])
}

fn offer(pixel_format: PixelFormat, sizes: &[Size]) -> OfferedFormat {
    OfferedFormat {
        pixel_format,
        fourcc: code(pixel_format),
        sizes: sizes.iter().map(|&size| FrameSizes::Discrete(size)).collect(),
    }
}

/// A typical USB 2 camera: YUYV is slow at large sizes.
fn webcam() -> Vec<OfferedFormat> {
    vec![offer(PixelFormat::Yuyv, &[VGA, HD]), offer(PixelFormat::Mjpg, &[VGA, HD, FULL_HD])]
}

fn webcam_rates(fourcc: u32, size: Size) -> Vec<Fps> {
    let rates: &[u32] = match (PixelFormat::from_fourcc(fourcc), size) {
        (Some(PixelFormat::Yuyv), VGA) => &[30, 15],
        (Some(PixelFormat::Yuyv), HD) => &[10, 5],
        (Some(PixelFormat::Mjpg), FULL_HD) => &[30],
        _ => &[60, 30, 15],
    };
    rates.iter().filter_map(|&rate| Fps::new(rate, 1)).collect()
}

fn request(size: Option<Size>, fps: Option<u32>, pixel_format: Option<PixelFormat>) -> CameraRequest {
    CameraRequest { size, fps: fps.and_then(|fps| Fps::new(fps, 1)), pixel_format }
}

fn by_the_real_rate() {
    for (size, fps, pixel_format, want) in [
        // The default size at 30 frames per second, where YUYV reaches only 10.
        (None, None, None, (PixelFormat::Mjpg, HD, 30)),
        (Some(HD), Some(60), None, (PixelFormat::Mjpg, HD, 60)),
        (Some(HD), Some(10), None, (PixelFormat::Yuyv, HD, 10)),
        (Some(VGA), None, None, (PixelFormat::Yuyv, VGA, 30)),
        (Some(VGA), Some(60), None, (PixelFormat::Mjpg, VGA, 60)),
        (Some(FULL_HD), None, None, (PixelFormat::Mjpg, FULL_HD, 30)),
        // A requested format is taken even if it is slow.
        (Some(HD), Some(60), Some(PixelFormat::Yuyv), (PixelFormat::Yuyv, HD, 10)),
        // A rate above all others: the fastest.
        (Some(VGA), Some(120), None, (PixelFormat::Mjpg, VGA, 60)),
    ] {
        let got = choose(&webcam(), request(size, fps, pixel_format), webcam_rates).unwrap();
        let (pixel_format, size, rate) = want;
        assert_eq!(
            got,
            ChosenFormat { pixel_format, fourcc: code(pixel_format), size, fps: Fps::new(rate, 1) },
            "{fps:?}"
        );
    }
    // 29.97 counts as 30.
    let ntsc = |fourcc, _| match PixelFormat::from_fourcc(fourcc) {
        Some(PixelFormat::Yuyv) => vec![Fps::new(30000, 1001).unwrap()],
        _ => vec![Fps::new(30, 1).unwrap()],
    };
    assert_eq!(
        choose(&webcam(), request(Some(HD), None, None), ntsc).unwrap().pixel_format,
        PixelFormat::Yuyv
    );
    // Without rates: the cheapest format to read.
    let got = choose(&webcam(), CameraRequest::default(), |_, _| Vec::new()).unwrap();
    assert_eq!((got.pixel_format, got.fps), (PixelFormat::Yuyv, None));
}

fn of_sizes() {
    let steps = FrameSizes::Stepwise(Size::new(48, 32), Size::new(1920, 1200), Size::new(2, 2));
    let stepped = [OfferedFormat {
        pixel_format: PixelFormat::Nv12,
        fourcc: code(PixelFormat::Nv12),
        sizes: vec![steps],
    }];
    let size = |offers: &[OfferedFormat], size| {
        choose(offers, request(size, None, None), webcam_rates)
            .map(|c| c.size)
            .map_err(|error| format!("{error}{}", format_hint(&error)))
    };
    assert_eq!(size(&stepped, None), Ok(HD));
    assert_eq!(size(&stepped, Some(Size::new(646, 362))), Ok(Size::new(646, 362)));
    assert!(size(&stepped, Some(Size::new(646, 363))).unwrap_err().contains("48x32, 1920x1200"));
    assert_eq!(
        size(&[offer(PixelFormat::Yuyv, &[Size::new(320, 240), VGA])], None),
        Ok(VGA),
        "the largest below"
    );
    assert_eq!(size(&[offer(PixelFormat::Yuyv, &[FULL_HD, Size::new(3840, 2160)])], None), Ok(FULL_HD));
}

fn refusals_say_what_there_is() {
    let refusal = |offers: &[OfferedFormat], w| {
        let error = choose(offers, w, webcam_rates).unwrap_err();
        format!("{error}{}", format_hint(&error))
    };
    let words = refusal(&webcam(), request(Some(Size::new(800, 600)), None, None));
    assert_eq!(words, "it has no pictures of 800x600; choose --size 640x480, 1280x720, 1920x1080");
    let words = refusal(&webcam(), request(None, None, Some(PixelFormat::Nv12)));
    assert_eq!(words, "it has no such format; choose --format yuyv or mjpg");
    assert!(refusal(&[], CameraRequest::default()).contains("no format that gpucam reads"));
    assert!(refusal(&[offer(PixelFormat::Yuyv, &[])], CameraRequest::default()).contains("--size"));
}

fn formats_have_names() {
    for pixel_format in PixelFormat::ALL {
        assert_eq!(pixel_format.to_string().to_lowercase().parse(), Ok(pixel_format));
        assert_eq!(PixelFormat::from_fourcc(code(pixel_format)), Some(pixel_format));
    }
    assert_eq!("YUY2".parse(), Ok(PixelFormat::Yuyv));
    assert_eq!("mjpeg".parse(), Ok(PixelFormat::Mjpg));
    assert_eq!("i420".parse(), Ok(PixelFormat::Yu12));
    assert_eq!("BGRx".parse(), Ok(PixelFormat::Bgrx));
    assert_eq!("argb".parse(), Ok(PixelFormat::Xrgb));
    // V4L2's names of R'G'B' count from a word's highest byte: XR24 is B G R X in memory.
    assert_eq!("XR24".parse(), Ok(PixelFormat::Bgrx));
    let words = "h264".parse::<PixelFormat>().unwrap_err();
    assert!(words.contains("yuyv") && words.contains("mjpg"), "{words}");
    assert_eq!(PixelFormat::from_fourcc(u32::from_le_bytes(*b"H264")), None);
    assert_eq!(fourcc_text(u32::from_le_bytes(*b"Y16 ")), "Y16");
}
