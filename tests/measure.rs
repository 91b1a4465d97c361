//! `gpucam measure`: other programs' chains on simple pictures, compositing compared with its mirror, and the
//! report.

use gpucam::internals::{
    Colorimetry, Denoise, Fps, LearnRoom, Light, People, Settings, Size, Yuyv,
    measure::{
        Chain, ChainReport, ClipSums, Figures, FrameClock, SceneReport,
        float_image::{Border, FloatImage},
        metrics::GroundTruth,
        peers::{Backscrub, Jitsi, Lfbw, volcomix_blur, volcomix_filter},
        render::{self, BlurredBackground, STRENGTH},
    },
};
use libtest_mimic::Trial;

use crate::{
    mirror::{self, Plane},
    support::{
        gpu::{blob, gpu, holds, scene},
        gpu_test, test,
    },
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("measure::filters", filters),
        test("measure::lfbw", lfbw),
        test("measure::backscrub", backscrub),
        test("measure::jitsi", jitsi),
        test("measure::volcomix_filter_is_the_mirror's", volcomix),
        test("measure::volcomix_blur_leaves_the_person_out", blur),
        test("measure::edge_is_the_mirror's", edge),
        test("measure::means_count_scenes_alike", means),
        test("measure::frames_without_a_person", without_a_person),
        test("measure::frames_have_their_times", times),
        test("measure::other_programs_get_their_own_settings", other_programs),
        gpu_test("measure::room_is_the_mirror's", room),
    ]
}

const SMALL: Size = Size::new(16, 9);
const LARGE: Size = Size::new(80, 45);

fn row(values: &[f32]) -> FloatImage<1> {
    FloatImage::from_mask(Size::new(values.len() as u32, 1), values)
}

/// 0 left of `column`, 1 from there on.
fn step(size: Size, column: u32) -> FloatImage<1> {
    FloatImage::from_fn(size, |x, _| [if (x as u32) < column { 0.0 } else { 1.0 }])
}

fn filters() {
    assert_eq!(row(&[0.0, 1.0]).resized(Size::new(4, 1)).into_mask(), [0.0, 0.25, 0.75, 1.0]);
    assert_eq!(row(&[0.0, 1.0, 3.0, 8.0]).resized(Size::new(2, 1)).into_mask(), [0.5, 5.5]);
    let spike = row(&[4.0, 0.0, 0.0, 0.0]);
    let shift = |border| spike.filtered(&[0.0, 0.0, 1.0], 1, true, border).into_mask();
    assert_eq!(shift(Border::Reflect), [0.0, 0.0, 0.0, 0.0]);
    let back = |border| spike.filtered(&[1.0, 0.0, 0.0], 1, true, border).into_mask();
    // The first pixel is preceded by itself, or by the second one.
    assert_eq!(back(Border::Replicate), [4.0, 4.0, 0.0, 0.0]);
    assert_eq!(back(Border::Reflect), [0.0, 4.0, 0.0, 0.0]);
    // An even box has its anchor right of the middle: a box of two averages pixels x - 1 and x.
    assert_eq!(row(&[0.0, 0.0, 1.0, 0.0]).boxed(2).into_mask(), [0.0, 0.0, 0.5, 0.5]);
    assert_eq!(row(&[0.0, 0.0, 1.0, 0.0, 0.0]).dilated(1).into_mask(), [0.0, 1.0, 1.0, 1.0, 0.0]);
}

/// The middle row.
fn across(picture: &FloatImage<1>) -> Vec<f32> {
    let width = picture.size.width as usize;
    picture.pixels.as_flattened()[picture.size.height as usize / 2 * width..][..width].to_vec()
}

fn lfbw() {
    // The model's mask has a step at column 8 of 16; enlarged, it is 0.2 0.4 0.6 0.8 1 from pixel 38 on. The
    // Gaussian gives 0.60 at 40 and 0.766 at 41, so the person starts at 41, and at 39 after dilation by two.
    // The box of ten covers pixels x - 5 to x + 4: one of them is person at 35, half of them at 39, all at
    // 44.
    let mut chain = Lfbw::default();
    let first = across(&chain.next(&step(SMALL, 8), LARGE));
    for (x, alpha) in [(34, 0.0), (35, 0.1), (39, 0.5), (43, 0.9), (44, 1.0), (79, 1.0)] {
        assert!((first[x] - alpha).abs() < 1e-6, "{x}: {}", first[x]);
    }
    // Half of the last frame remains.
    let second = across(&chain.next(&step(SMALL, 16), LARGE));
    assert!((second[60] - 0.5).abs() < 1e-6);
    let third = across(&chain.next(&step(SMALL, 16), LARGE));
    assert!((third[60] - 0.25).abs() < 1e-6);
}

fn backscrub() {
    let mut chain = Backscrub::default();
    let byte = |alpha: FloatImage<1>| (255.0 * across(&alpha)[70]).round() as u8;
    // Three bits per frame: 11100000, then 11111100, then all eight bits.
    let person = step(SMALL, 8);
    assert_eq!([(); 3].map(|()| byte(chain.next(&person, LARGE))), [0xE0, 0xFC, 0xFF]);
    // Without a person the oldest bits leave first.
    assert_eq!([(); 3].map(|()| byte(chain.next(&step(SMALL, 16), LARGE))), [0x1F, 0x03, 0x00]);
    // 0.65 itself is no person.
    assert_eq!(byte(Backscrub::default().next(&FloatImage::from_mask(SMALL, &[0.65; 144]), LARGE)), 0);
}

fn jitsi() {
    let mut chain = Jitsi::default();
    let flat = |v: f32| FloatImage::from_mask(SMALL, &vec![v; SMALL.area()]);
    let first = across(&chain.next(&flat(0.3), LARGE));
    assert!((first[40] - 0.5).abs() < 1e-6, "half way between 0.1 and 0.5");
    // 0.75 * 0.3 + 0.25 * 0.5 = 0.35: t = 5/8, t * t * (3 - 2 t) = 0.68359375.
    assert!((across(&chain.next(&flat(0.5), LARGE))[40] - 0.683_593_75).abs() < 1e-6);
    // A step filtered with 1 2 1 has a quarter and three quarters beside it; then bilinear enlargement.
    let edge = across(&Jitsi::default().next(&step(SMALL, 8), Size::new(16, 9)));
    assert_eq!(edge[6..10], [0.0, 0.25, 0.75, 1.0]);
}

const FRAME: Size = Size::new(128, 72);

/// A frame and a mask of an eighth of its size, for the CPU code and for the mirror.
fn frame() -> (Yuyv, FloatImage<3>, mirror::Rgb, FloatImage<1>, mirror::Mask) {
    let yuyv = Yuyv { size: FRAME, bytes: scene(FRAME, 5) };
    let picture = FloatImage::from_yuyv(&yuyv, Colorimetry::default());
    let rgb = mirror::yuyv::decode(&yuyv.bytes, FRAME, Colorimetry::default());
    let person = blob(Size::new(32, 18), 6);
    let mask: Vec<f32> = person.values().iter().map(|&v| v as f32).collect();
    (yuyv, picture, rgb, FloatImage::from_mask(Size::new(32, 18), &mask), person)
}

fn values<const N: usize>(picture: &FloatImage<N>) -> Vec<f64> {
    picture.pixels.as_flattened().iter().map(|&v| f64::from(v)).collect()
}

fn volcomix() {
    let (_, picture, rgb, mask, person) = frame();
    let filtered = volcomix_filter(&picture, &mask);
    let got = values(&filtered.map(|[v]| [gpucam::internals::measure::peers::smoothstep(0.5, 0.75, v)]));
    let want = mirror::alpha::bilateral(&rgb, &person);
    let control = mirror::alpha::plain(&person, 128, 72);
    // f32 and f64 differ by a few 1e-7 for each of 49 exponentials; the mirror stores 16 bits.
    holds("filter", &got, want.values(), control.values(), 1e-4);
}

fn blur() {
    let nobody = FloatImage::from_mask(LARGE, &vec![0.0; LARGE.area()]);
    let flat = FloatImage { size: LARGE, pixels: vec![[0.2, 0.5, 0.7]; LARGE.area()] };
    let blurred = volcomix_blur(&flat, &nobody, 3);
    let off = |a: &[f32; 3], b: &[f32; 3]| (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max);
    // The nine weights add up to 1 to within their printed digits.
    assert!(blurred.pixels.iter().zip(&flat.pixels).all(|(a, b)| off(a, b) < 1e-5));
    // A white person before a black background: white reaches the background only without the mask.
    let white = step(LARGE, 40).map(|[v]| [v; 3]);
    let left = |picture: FloatImage<3>| picture.pixels[20 * 80 + 34][0];
    assert!(left(volcomix_blur(&white, &step(LARGE, 40), 3)) < 1e-6);
    assert!(left(volcomix_blur(&white, &nobody, 3)) > 0.05, "control");
    // Three iterations give a σ of 5.85 pixels, measured as the spread of a blurred point.
    let size = Size::new(128, 64);
    let point = FloatImage::from_fn(size, |x, y| [if (x / 2, y / 2) == (32, 16) { 1.0 } else { 0.0 }; 3]);
    let spread = volcomix_blur(&point, &FloatImage::from_mask(size, &vec![0.0; size.area()]), 3);
    let weigh = |f: &dyn Fn(f64) -> f64| -> f64 {
        let at = |i: usize| f((i % 128) as f64 - 64.5) * f64::from(spread.pixels[i][0]);
        (0..size.area()).map(at).sum()
    };
    let sigma = (weigh(&|x| x * x) / weigh(&|_| 1.0)).sqrt();
    assert!((sigma - 5.85).abs() < 0.15, "{sigma}");
}

fn edge() {
    let (_, picture, rgb, mask, person) = frame();
    let (alpha, room) = (mask.resized(FRAME), picture.smoothed(&[0.25, 0.5, 0.25]));
    let shown = render::replacement_picture(FRAME);
    let got = values(&render::composite_decontaminated(&picture, &alpha, &room, &shown));
    let want = |swap: bool| {
        let pixel = |i: usize| {
            let [b, r] = [&room, &shown].map(|p| p.pixels[i].map(f64::from));
            let [b, r] = if swap { [r, b] } else { [b, r] };
            mirror::composite::over(rgb.data[i], f64::from(alpha.pixels[i][0]), b, r)
        };
        (0..FRAME.area()).flat_map(pixel).collect::<Vec<_>>()
    };
    assert!(person.values().iter().any(|v| *v > 0.9));
    // Sums of three f32 terms below 1.
    holds("edge", &got, &want(false), &want(true), 1e-6);
    let plain = values(&render::composite_over(&picture, &alpha, &shown));
    holds("over", &plain, &plain, &got, 1e-6);
}

fn room() {
    let (yuyv, _, _, mask, _) = frame();
    let rgb = mirror::yuyv::decode_unclamped(&yuyv.bytes, FRAME, Colorimetry::default());
    let alpha = mask.resized(FRAME).into_mask();
    let renderer = BlurredBackground::new(gpu(), FRAME, Colorimetry::default(), None);
    let got = values(&renderer.render(&yuyv, &alpha).expect("a room"));
    let plane = |alpha: &[f32]| {
        let words = alpha.iter().map(|&v| [mirror::store::unorm16(f64::from(v))]).collect();
        Plane { width: 128, height: 72, data: words }
    };
    let want = |alpha: &[f32]| {
        let (room, side) = mirror::backdrop::blurred(&rgb, &plane(alpha), STRENGTH);
        let texel = |i| mirror::backdrop::texel(i, side);
        Plane::from_fn(128, 72, |x, y| room.spline(texel(x), texel(y))).values().to_vec()
    };
    // As in the test of the pass backdrop: f16 planes of weights down to 0.001.
    holds("room", &got, &want(&alpha), &want(&vec![0.0; alpha.len()]), 5e-3);
}

fn means() {
    let card = |scene, presenter, band| {
        let figures = Figures { band, ..Figures::default() };
        SceneReport { scene, presenter, figures }
    };
    let cards = vec![card("still", 2, 0.1), card("still", 4, 0.2), card("dark", 2, 0.5), card("two", 2, 0.9)];
    let report = ChainReport { chain: Chain::Gpucam, title: "gpucam", cards, stages: Vec::new() };
    assert!((report.mean("still", |f| f.band) - 0.15).abs() < 1e-12);
    // Each scene counts once, regardless of the number of presenters; the scene with two people does not
    // count.
    assert!((report.mean_of_scenes(|f| f.band) - 0.325).abs() < 1e-12);
    assert!(report.mean("hair", |f| f.band).is_nan());
}

/// A frame without a person counts for the whole-picture error alone.
fn without_a_person() {
    let alpha = |columns: u32| step(LARGE, 80 - columns).into_mask();
    let truth = |columns| GroundTruth::new(alpha(columns), LARGE);
    let exact = |truth: &GroundTruth| truth.alpha.clone();
    let (person, nobody) = (truth(40), truth(0));
    let mut sums = ClipSums::default();
    sums.score(&person, &exact(&person));
    let with_person = sums.figures();
    assert_eq!((with_person.iou, with_person.error), (Some(1.0), Some(0.0)));
    // Nobody is there, and a quarter of the picture is taken for a person in this frame alone.
    sums.score(&nobody, &alpha(20));
    sums.flicker(&nobody, &alpha(20), (&alpha(0), &nobody.alpha));
    let figures = sums.figures();
    assert_eq!(figures.error, Some(0.125));
    assert_eq!((figures.iou, figures.band, figures.f), (with_person.iou, with_person.band, with_person.f));
    assert_eq!((figures.flicker, figures.flicker_outside), (None, None));
    // The control: where there is a person, both are counted.
    sums.score(&person, &alpha(20));
    sums.flicker(&person, &alpha(20), (&exact(&person), &person.alpha));
    let figures = sums.figures();
    assert!(figures.iou.is_some_and(|iou| (iou - 0.75).abs() < 1e-9), "{figures:?}");
    assert!(figures.flicker_outside.is_some_and(|change| change > 0.0), "{figures:?}");
}

/// What is gpucam's alone is not given to other programs.
fn other_programs() {
    let ours = Settings {
        people: People::Front,
        learn_room: LearnRoom::On,
        light: Light::Auto,
        denoise: Denoise::Auto,
        ..Settings::default()
    };
    let of = |chain: Chain| {
        let settings = chain.settings(&ours).expect("a chain with a pipeline");
        (settings.people, settings.learn_room, settings.light, settings.denoise)
    };
    for chain in [Chain::Plain, Chain::Volcomix, Chain::VolcomixExposed, Chain::Lfbw, Chain::Jitsi] {
        assert!(of(chain) == (People::All, LearnRoom::Off, Light::Off, Denoise::Off), "{chain:?}");
    }
    // The control.
    for chain in [Chain::Gpucam, Chain::GpucamUnsteadied] {
        assert!(of(chain) == (People::Front, LearnRoom::On, Light::Auto, Denoise::Auto), "{chain:?}");
    }
}

/// Chains count seconds, so frames do not all come at once.
fn times() {
    let of = |fps: u32, frames: usize| {
        let mut clock = FrameClock::new(Fps::new(fps, 1).expect("a rate"));
        (0..frames).map(|_| clock.tick().as_secs_f64()).collect::<Vec<_>>()
    };
    assert_eq!(of(4, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
    // The control.
    assert_eq!(of(2, 3), [0.0, 0.5, 1.0]);
}
