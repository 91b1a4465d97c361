//! Backdrop, composite, storage and the whole chain.

use gpucam::internals::Size;

use super::{LIMITED_601, gap, grey, mask};
use crate::mirror::{
    Plane, Rgb, backdrop,
    chain::{self, Refine, Settings},
    composite, expose,
    person::Grid,
    preprocess::Content,
    store,
};

pub fn gaussian() {
    assert_eq!(backdrop::gaussian(0.0), [1.0]);
    for sigma in [0.7, 1.0, 3.0, 10.0 / 3.0] {
        let taps = backdrop::gaussian(sigma);
        let radius = (3.0 * sigma).ceil();
        assert_eq!(taps.len(), 2 * radius as usize + 1);
        assert!((taps.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        let variance: f64 = taps.iter().enumerate().map(|(i, v)| v * (i as f64 - radius).powi(2)).sum();
        // Cut off at 3σ, a Gaussian loses 2.7 % of its variance.
        assert!((variance / (sigma * sigma) - 1.0).abs() < 0.03, "{sigma} {variance}");
    }
    let mut dot = Plane::flat(41, 41, [0.0; 4]);
    dot.data[20 * 41 + 20] = [1.0; 4];
    let sum = |plane: &Plane<4>| plane.data.iter().map(|v| v[3]).sum::<f64>();
    // Each stored value is off by 2⁻¹² of itself, twice.
    assert!((sum(&backdrop::blur(&dot, 3.0)) - 1.0).abs() < 2.0 * 2f64.powi(-12));
    let mut cut = Plane::flat(41, 41, [0.0; 4]);
    cut.data[20 * 41 + 1] = [1.0; 4];
    assert!(
        (sum(&backdrop::blur(&cut, 3.0)) - 1.0).abs() > 0.1,
        "control: a clamped edge counts a dot near it again"
    );
    assert_eq!(backdrop::frame_sigma(12.0, [640, 360]), 6.0);
    assert_eq!(backdrop::frame_sigma(12.0, [480, 360]), 6.0);
    assert_eq!(backdrop::frame_sigma(9.0, [1280, 120]), 8.0);
    assert_eq!(backdrop::frame_sigma(12.0, [3840, 2160]), 36.0);
    doubled();
}

/// A spline keeps constants, even slopes and the sum of a dot, whose variance it raises by that of a
/// quadratic B-spline, a quarter of a texel's square.
fn doubled() {
    let slope = backdrop::upsample_2x(&Plane::from_fn(20, 20, |x, y| [x as f64, y as f64, 1.0, 0.0]), 40, 40);
    let want = |i: usize| (i as f64 + 0.5) / 2.0 - 0.5;
    assert!((2..38).all(|i| gap(&slope.at(i, 9)[..3], &[want(i), want(9), 1.0]) < 1e-12));
    let mut dot = Plane::flat(20, 20, [0.0; 4]);
    dot.data[10 * 20 + 10] = [1.0; 4];
    let large = backdrop::upsample_2x(&dot, 40, 40);
    let moment = |n: i32| -> f64 {
        let of = |x: usize| (0..40).map(|y| large.at(x, y)[3]).sum::<f64>() / 4.0;
        (0..40).map(|x| of(x) * (want(x) - 10.0).powi(n)).sum()
    };
    assert!((moment(0) - 1.0).abs() < 1e-12 && moment(1).abs() < 1e-12);
    assert!((moment(2) - 0.25).abs() < 1e-12, "{}", moment(2));
}

pub fn person_out() {
    let (red, blue) = ([1.0, 0.0, 0.0], [0.0, 0.25, 0.75]);
    let frame = Plane::from_fn(130, 70, |x, _| if x < 64 { red } else { blue });
    let b = backdrop::backdrop(&frame, &mask(130, 70, |x, _| if x < 64 { 1.0 } else { 0.0 }), 40.0);
    assert_eq!((b.width, b.height), (33, 18));
    for y in 0..18 {
        // Where D > 0, the background's colour alone, exact where D is near 1; three planes are stored in f16
        // (2⁻¹¹ each).
        assert!(gap(&b.at(30, y), &blue) < 2e-3, "{:?}", b.at(30, y));
        assert!((0..33).all(|x| b.at(x, y)[0] == 0.0), "red from the person");
        assert!(b.at(16, y)[2] > 0.7, "{:?}", b.at(16, y));
    }
    let bled = backdrop::backdrop(&frame, &mask(130, 70, |_, _| 0.0), 40.0);
    assert!(bled.at(16, 9)[0] > 0.1, "control: without a mask the person bleeds");
    let none = backdrop::backdrop(&frame, &mask(130, 70, |_, _| 1.0), 40.0);
    assert!(none.values().iter().all(|&v| v == 0.0));
    // The last block of 130 = 32 · 4 + 2 averages two columns, not four.
    let last = backdrop::block_mean(&grey(130, 4, |x, _| x as f64), 4);
    assert_eq!((last.at(31, 0)[0], last.at(32, 0)[0]), (125.5, 128.5));
}

pub fn untouched() {
    let size = Size::new(8, 4);
    // Codes outside the legal range, which decoding and encoding would not restore.
    let bytes: Vec<u8> = (0..64).map(|i| [1, 255, 254, 0][i % 4]).collect();
    let background = Rgb::flat(2, 1, [0.25; 3]);
    let kept = |alpha: f64| {
        composite::composite(&bytes, size, LIMITED_601, &mask(8, 4, |_, _| alpha), &background, 4)
    };
    assert_eq!(kept(1.0), bytes);
    assert_ne!(kept(1.0 - 1.0 / 65535.0), bytes, "control: only exactly 1 is kept");
    // alpha 0: the background, whatever the frame. 16 + 219/4 = 70.75.
    assert_eq!(kept(0.0), [71, 128, 71, 128].repeat(16));
    // Alpha 1/2 and a pixel of 0.9 over a background of 0.2: P = min(0.9 − 0.1, 0.5), + 0.5 R.
    assert_eq!(composite::over([0.9; 3], 0.5, [0.2; 3], [0.0; 3]), [0.5; 3]);
    assert!(gap(&composite::over([0.3; 3], 0.5, [0.2; 3], [1.0; 3]), &[0.7; 3]) < 1e-15);
}

pub fn f16() {
    // No binary16 next to the one that `half` finds (which may round twice) is nearer than ours.
    let mut checked = 0;
    for i in 0..168_000u32 {
        // Steps of 1/4099 of an octave from 2⁻²⁶ (half of the least subnormal is 2⁻²⁵) to 2¹⁵.
        let v = (f64::from(i) / 4099.0 - 26.0).exp2();
        let bits = half::f16::from_f64(v).to_bits();
        let near = [bits.saturating_sub(1), bits, bits + 1].map(|b| half::f16::from_bits(b).to_f64());
        let ours = store::f16(v);
        assert!(
            near.contains(&ours) && near.iter().all(|n| (n - v).abs() >= (ours - v).abs()),
            "{v}: {ours}"
        );
        assert_eq!(store::f16(-v), -ours);
        checked += 1;
    }
    assert_eq!(checked, 168_000);
    assert_eq!((store::f16(0.0), store::f16(1.0), store::f16(65504.0)), (0.0, 1.0, 65504.0));
    // Halfway between 1 and 1 + 2⁻¹⁰ rounds to even; slightly above rounds up, though float32 cannot tell
    // them apart.
    let (tie, step) = (1.0 + 2f64.powi(-11), 2f64.powi(-10));
    assert_eq!(store::f16(tie), 1.0);
    assert_eq!(store::f16(tie + step), 1.0 + 2.0 * step);
    assert_eq!(store::f16(tie + 2f64.powi(-40)), 1.0 + step);
    assert_eq!(store::unorm16(0.5), 32768.0 / 65535.0);
    assert_eq!(store::unorm8(0.6004), 0.6);
}

pub fn mask_sizes() {
    for (frame, mask) in [((1280, 720), (256, 144)), ((640, 360), (256, 144)), ((640, 480), (222, 166))] {
        assert_eq!(chain::mask_size(Size::new(frame.0, frame.1)), mask);
    }
    // 646×362: 256.49 × 143.73.
    assert_eq!(chain::mask_size(Size::new(646, 362)), (256, 144));
    assert_eq!(chain::mask_size(Size::new(100, 80)), (100, 80));
    assert_eq!(chain::mask_size(Size::new(8192, 32)), (3072, 16));
    assert_eq!(chain::mask_size(Size::new(32, 8)), (32, 8));
}

pub fn whole() {
    let size = Size::new(64, 36);
    let settings = |refine| Settings {
        colorimetry: LIMITED_601,
        refine,
        strength: 12.0,
        net: (32, 18),
        content: Content::whole(32, 18),
        grid: Grid::Centres,
    };
    let bytes: Vec<u8> = (0..size.yuyv_bytes()).map(|i| 60 + (i * 37 % 101) as u8).collect();
    let run = |p: f64, refine| chain::chain(&bytes, size, &mask(32, 18, move |_, _| p), settings(refine));
    let contrast = |bytes: &[u8]| {
        let luma = || bytes.iter().step_by(2);
        luma().max().unwrap() - luma().min().unwrap()
    };
    for refine in [Refine::Guided, Refine::Bilateral, Refine::Plain] {
        assert_eq!(run(1.0, refine), bytes, "{refine:?}: all person, nothing touched");
        // ±50 codes of noise under a blur of 1.8 pixels.
        let hidden = contrast(&run(0.0, refine));
        assert!(hidden < contrast(&bytes) / 3, "{refine:?}: {hidden} of {} left", contrast(&bytes));
    }
    let input = |exposure| chain::input(&bytes, size, settings(Refine::Guided), exposure, (1.0, 0.0));
    assert_eq!((input(true).width, input(true).height), (32, 18));
    assert!(input(false).values().iter().all(|v| (0.0..=1.0).contains(v)));
    let gain = expose::meter(&chain::guide(&bytes, size, LIMITED_601));
    let want: Vec<f64> = input(false).values().iter().map(|v| (gain * v).min(1.0)).collect();
    assert!(gain > 1.0 && gap(input(true).values(), &want) < 1e-15);
}
