//! Which format is taken.

use gpucam::{
    Size,
    video::{
        Fps,
        camera::{Choice, Offer, PACKINGS, Packing, Wish, choice::choose, fourcc},
        sys::Sizes,
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

fn code(packing: Packing) -> u32 {
    u32::from_le_bytes(*packing.fourccs()[0])
}

fn offer(packing: Packing, sizes: &[Size]) -> Offer {
    Offer { packing, fourcc: code(packing), sizes: sizes.iter().map(|&size| Sizes::One(size)).collect() }
}

/// A USB 2 camera as they are sold: YUYV is slow where it is large.
fn webcam() -> Vec<Offer> {
    vec![offer(Packing::Yuyv, &[VGA, HD]), offer(Packing::Mjpg, &[VGA, HD, FULL_HD])]
}

fn webcam_rates(fourcc: u32, size: Size) -> Vec<Fps> {
    let rates: &[u32] = match (Packing::of(fourcc), size) {
        (Some(Packing::Yuyv), VGA) => &[30, 15],
        (Some(Packing::Yuyv), HD) => &[10, 5],
        (Some(Packing::Mjpg), FULL_HD) => &[30],
        _ => &[60, 30, 15],
    };
    rates.iter().filter_map(|&rate| Fps::new(rate, 1)).collect()
}

fn wish(size: Option<Size>, fps: Option<u32>, packing: Option<Packing>) -> Wish {
    Wish { size, fps: fps.and_then(|fps| Fps::new(fps, 1)), packing }
}

fn by_the_real_rate() {
    for (size, fps, packing, want) in [
        // The first size that services take, at 30: YUYV has 10 there.
        (None, None, None, (Packing::Mjpg, HD, 30)),
        (Some(HD), Some(60), None, (Packing::Mjpg, HD, 60)),
        (Some(HD), Some(10), None, (Packing::Yuyv, HD, 10)),
        (Some(VGA), None, None, (Packing::Yuyv, VGA, 30)),
        (Some(VGA), Some(60), None, (Packing::Mjpg, VGA, 60)),
        (Some(FULL_HD), None, None, (Packing::Mjpg, FULL_HD, 30)),
        // What is asked for is taken, slow as it is.
        (Some(HD), Some(60), Some(Packing::Yuyv), (Packing::Yuyv, HD, 10)),
        // Faster than anything: the fastest.
        (Some(VGA), Some(120), None, (Packing::Mjpg, VGA, 60)),
    ] {
        let got = choose(&webcam(), wish(size, fps, packing), webcam_rates).unwrap();
        let (packing, size, rate) = want;
        assert_eq!(got, Choice { packing, fourcc: code(packing), size, fps: Fps::new(rate, 1) }, "{fps:?}");
    }
    // 29.97 is as good as 30.
    let ntsc = |fourcc, _| match Packing::of(fourcc) {
        Some(Packing::Yuyv) => vec![Fps::new(30000, 1001).unwrap()],
        _ => vec![Fps::new(30, 1).unwrap()],
    };
    assert_eq!(choose(&webcam(), wish(Some(HD), None, None), ntsc).unwrap().packing, Packing::Yuyv);
    // Without any rates the cheapest to read.
    let got = choose(&webcam(), Wish::default(), |_, _| Vec::new()).unwrap();
    assert_eq!((got.packing, got.fps), (Packing::Yuyv, None));
}

fn of_sizes() {
    let steps = Sizes::Steps(Size::new(48, 32), Size::new(1920, 1200), Size::new(2, 2));
    let stepped = [Offer { packing: Packing::Nv12, fourcc: code(Packing::Nv12), sizes: vec![steps] }];
    let size = |offers: &[Offer], size| choose(offers, wish(size, None, None), webcam_rates).map(|c| c.size);
    assert_eq!(size(&stepped, None), Ok(HD));
    assert_eq!(size(&stepped, Some(Size::new(646, 362))), Ok(Size::new(646, 362)));
    assert!(size(&stepped, Some(Size::new(646, 363))).unwrap_err().contains("48x32, 1920x1200"));
    assert_eq!(
        size(&[offer(Packing::Yuyv, &[Size::new(320, 240), VGA])], None),
        Ok(VGA),
        "the largest below"
    );
    assert_eq!(size(&[offer(Packing::Yuyv, &[FULL_HD, Size::new(3840, 2160)])], None), Ok(FULL_HD));
}

fn refusals_say_what_there_is() {
    let refusal = |offers: &[Offer], w| choose(offers, w, webcam_rates).unwrap_err();
    let words = refusal(&webcam(), wish(Some(Size::new(800, 600)), None, None));
    assert_eq!(words, "it has no pictures of 800x600; choose --size 640x480, 1280x720, 1920x1080");
    let words = refusal(&webcam(), wish(None, None, Some(Packing::Nv12)));
    assert_eq!(words, "it has no such format; choose --format yuyv or mjpg");
    assert!(refusal(&[], Wish::default()).contains("no format that gpucam reads"));
    assert!(refusal(&[offer(Packing::Yuyv, &[])], Wish::default()).contains("--size"));
}

fn formats_have_names() {
    for packing in PACKINGS {
        assert_eq!(packing.to_string().to_lowercase().parse(), Ok(packing));
        assert_eq!(Packing::of(code(packing)), Some(packing));
    }
    assert_eq!("YUY2".parse(), Ok(Packing::Yuyv));
    assert_eq!("mjpeg".parse(), Ok(Packing::Mjpg));
    assert_eq!("i420".parse(), Ok(Packing::Yu12));
    let words = "h264".parse::<Packing>().unwrap_err();
    assert!(words.contains("auto, yuyv") && words.contains("mjpg"), "{words}");
    assert_eq!(Packing::of(u32::from_le_bytes(*b"H264")), None);
    assert_eq!(fourcc(u32::from_le_bytes(*b"Y16 ")), "Y16");
}
