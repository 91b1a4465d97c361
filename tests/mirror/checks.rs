//! The mirrors against cases worked out by hand, each with a control that must come out otherwise.

use gpucam::{Colorimetry, Matrix, Range, Size};
use libtest_mimic::Trial;

use super::{
    Mask, Plane, Rgb, alpha, backdrop,
    chain::{self, Refine, Settings},
    composite, expose, luma,
    person::{self, Grid, Person},
    preprocess::{self, Content},
    refine, smoothstep, store, yuyv,
};
use crate::support::test;

const LIMITED_601: Colorimetry = Colorimetry { matrix: Matrix::Bt601, range: Range::Limited };
const LIMITED_709: Colorimetry = Colorimetry { matrix: Matrix::Bt709, range: Range::Limited };

/// The mirrors' own trials.
pub fn trials() -> Vec<Trial> {
    vec![
        test("mirror::bars_decode_and_encode", bars),
        test("mirror::pair_shares_its_mean_chroma", pair),
        test("mirror::area_covers_fractions", area),
        test("mirror::letterbox_is_black_outside", letterbox),
        test("mirror::meter_and_expose", meter),
        test("mirror::softmax_of_two_is_sigmoid", softmax),
        test("mirror::fit_knows_centres_and_corners", fit),
        test("mirror::box_reflects", reflect),
        test("mirror::solve_finds_a_linear_mask", linear),
        test("mirror::refine_pulls_a_soft_mask_to_an_edge", edge),
        test("mirror::binomial_and_guided_alpha", guided),
        test("mirror::bilateral_taps_and_edge", bilateral),
        test("mirror::gaussian_keeps_energy", gaussian),
        test("mirror::backdrop_leaves_the_person_out", person_out),
        test("mirror::composite_keeps_untouched_words", untouched),
        test("mirror::f16_rounds_once", f16),
        test("mirror::mask_sizes", mask_sizes),
        test("mirror::chain_hides_by_mask", whole),
    ]
}

/// Largest difference of two rows of values; NaN counts as infinite.
fn gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| if a.is_nan() || b.is_nan() { f64::INFINITY } else { (a - b).abs() })
        .fold(0.0, f64::max)
}

fn grey(width: usize, height: usize, v: impl Fn(usize, usize) -> f64 + Sync) -> Rgb {
    Plane::from_fn(width, height, |x, y| [v(x, y); 3])
}

fn mask(width: usize, height: usize, v: impl Fn(usize, usize) -> f64 + Sync) -> Mask {
    Plane::from_fn(width, height, |x, y| [v(x, y)])
}

/// SMPTE bars of 75 %, (Y, Cb, Cr) in 8 bits as test generators publish them; white, yellow, cyan, green, magenta,
/// red, blue, black.
const BARS_601: [[u8; 3]; 8] = [
    [180, 128, 128],
    [162, 44, 142],
    [131, 156, 44],
    [112, 72, 58],
    [84, 184, 198],
    [65, 100, 212],
    [35, 212, 114],
    [16, 128, 128],
];
const BARS_709: [[u8; 3]; 8] = [
    [180, 128, 128],
    [168, 44, 136],
    [145, 147, 44],
    [133, 63, 52],
    [63, 193, 204],
    [51, 109, 212],
    [28, 212, 120],
    [16, 128, 128],
];
const BARS_RGB: [[f64; 3]; 8] = [
    [0.75, 0.75, 0.75],
    [0.75, 0.75, 0.0],
    [0.0, 0.75, 0.75],
    [0.0, 0.75, 0.0],
    [0.75, 0.0, 0.75],
    [0.75, 0.0, 0.0],
    [0.0, 0.0, 0.75],
    [0.0, 0.0, 0.0],
];

fn bars() {
    // A code is off by at most ½: ½/219 in luma and 1.8556 · ½/224 in blue, 0.0065 in all.
    let tolerance = 0.0065;
    let decoded = |colorimetry, bars: [[u8; 3]; 8]| {
        let error =
            |(bar, want): (&[u8; 3], &[f64; 3])| gap(&yuyv::rgb(colorimetry, bar[0], bar[1], bar[2]), want);
        bars.iter().zip(&BARS_RGB).map(error).fold(0.0, f64::max)
    };
    assert!(decoded(LIMITED_601, BARS_601) < tolerance);
    assert!(decoded(LIMITED_709, BARS_709) < tolerance);
    assert!(decoded(LIMITED_709, BARS_601) > 10.0 * tolerance, "control: the wrong matrix");
    for (colorimetry, bars) in [(LIMITED_601, BARS_601), (LIMITED_709, BARS_709)] {
        for (bar, rgb) in bars.iter().zip(BARS_RGB) {
            assert_eq!(yuyv::word(colorimetry, [rgb; 2]), [bar[0], bar[1], bar[0], bar[2]]);
        }
    }
    // JFIF: pure red is (76, 85, 255) (84.97 and 255.5 before rounding and clamping).
    let full = Colorimetry { matrix: Matrix::Bt601, range: Range::Full };
    assert_eq!(yuyv::word(full, [[1.0, 0.0, 0.0]; 2]), [76, 85, 76, 255]);
}

fn pair() {
    let size = Size::new(2, 1);
    let bytes = [100, 90, 200, 160];
    let frame = yuyv::decode_unclamped(&bytes, size, LIMITED_601);
    assert_eq!(frame.at(0, 0), yuyv::rgb(LIMITED_601, 100, 90, 160));
    assert_eq!(frame.at(1, 0), yuyv::rgb(LIMITED_601, 200, 90, 160));
    assert_eq!(yuyv::encode(&frame, LIMITED_601), bytes);
    let word = yuyv::word(LIMITED_601, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    // Red (Cb 90.2, Cr 240), blue (Cb 240, Cr 109.8): the means are 165.1 and 174.9.
    assert_eq!(word, [81, 165, 41, 175]);
    let clamped = yuyv::decode(&[255, 240, 0, 240], size, LIMITED_601);
    assert!(clamped.values().iter().all(|v| (0.0..=1.0).contains(v)));
    assert!(
        yuyv::decode_unclamped(&[255, 240, 0, 240], size, LIMITED_601).at(0, 0)[0] > 1.0,
        "control: not clamped"
    );
}

fn area() {
    let ramp = grey(5, 1, |x, _| x as f64 / 4.0);
    // 5 to 2: (0 + 1 + ½·2)/2.5 = 0.8 and (½·2 + 3 + 4)/2.5 = 3.2, over 4.
    let small = preprocess::area(&ramp, 2, 1);
    assert!(gap(&small.values()[..], &[0.2, 0.2, 0.2, 0.8, 0.8, 0.8]) < 1e-15);
    let whole_pixels = [0.25 * 0.5, 0.25 * 3.0];
    assert!(gap(&[small.at(0, 0)[0], small.at(1, 0)[0]], &whole_pixels) > 0.04, "control: whole pixels only");
    // 1.5 beside −0.5 is ½; clamped first it would be ½ too, so take 1.5 beside 0: ¾, not ½.
    assert_eq!(preprocess::area(&grey(2, 1, |x, _| [1.5, 0.0][x]), 1, 1).at(0, 0), [0.75; 3]);
    assert_eq!(preprocess::area(&Rgb::flat(646, 362, [0.25; 3]), 257, 143), Rgb::flat(257, 143, [0.25; 3]));
}

fn letterbox() {
    let content = Content { x: 0, y: 2, width: 8, height: 4 };
    let boxed = preprocess::letterboxed(&Rgb::flat(16, 8, [0.5; 3]), 8, 8, content);
    for y in 0..8 {
        let want = if (2..6).contains(&y) { [0.5; 3] } else { [0.0; 3] };
        assert!((0..8).all(|x| boxed.at(x, y) == want), "row {y}");
    }
    let whole = preprocess::letterboxed(&Rgb::flat(16, 8, [0.5; 3]), 8, 8, Content::whole(8, 8));
    assert_eq!(whole, Rgb::flat(8, 8, [0.5; 3]));
}

fn meter() {
    assert_eq!(expose::meter(&Rgb::flat(4, 4, [0.1; 3])), 4.0);
    assert_eq!(expose::meter(&Rgb::flat(4, 4, [0.6; 3])), 1.0);
    assert!((expose::meter(&Rgb::flat(4, 4, [0.299; 3])) - 1.5).abs() < 1e-12);
    // Half red, half black: mean luma 0.1495.
    let half = Plane::from_fn(2, 1, |x, _| [[1.0, 0.0, 0.0], [0.0; 3]][x]);
    assert!((expose::meter(&half) - 0.45 / 0.1505).abs() < 1e-12);
    assert!((luma([1.0; 3]) - 1.0).abs() < 1e-15);
    let input = expose::expose(&Rgb::flat(1, 1, [0.25, 0.5, 1.0]), 1.5, 2.0, -1.0);
    assert_eq!(input.at(0, 0), [-0.25, 0.5, 1.0]);
}

fn softmax() {
    let logits = [0.3, -1.2, 4.0, 4.0, -300.0, 800.0, 2.0, 1.0];
    let person = person::probability(&logits, 4, 1, 2, Person::Softmax { channel: 1 });
    let differences: Vec<f64> = logits.chunks(2).map(|c| c[1] - c[0]).collect();
    let sigmoid = person::probability(&differences, 4, 1, 1, Person::Logit);
    assert!(gap(person.values(), sigmoid.values()) < 1e-15);
    assert_eq!(person.at(1, 0), [0.5]);
    let other = person::probability(&logits, 4, 1, 2, Person::Softmax { channel: 0 });
    assert!(gap(other.values(), sigmoid.values()) > 0.5, "control: the other channel");
    assert_eq!(person::probability(&[0.2, 0.9], 2, 1, 1, Person::Probability).values(), [0.2, 0.9]);
}

fn fit() {
    // Corners: 33 samples of 257 pixels lie on pixel centres 0, 8, 16…; sample i holds the place of its pixel.
    let samples = mask(33, 33, |x, _| (8 * x) as f64 + 0.5);
    let whole = Content::whole(257, 257);
    let seen = |grid| person::fit(&samples, (257, 257), whole, grid, (257, 257));
    // A mask of the net's size: mask pixel x is input pixel x, whose centre lies at x + ½.
    let places = mask(257, 257, |x, _| x as f64 + 0.5);
    assert!(gap(seen(Grid::Corners).values(), places.values()) < 1e-12);
    assert!(gap(seen(Grid::Centres).values(), places.values()) > 3.0, "control: the other grid");
    // Centres: the same size is the identity; half the size lies between two samples.
    let ramp = mask(8, 4, |x, y| (x + 10 * y) as f64);
    assert_eq!(person::fit(&ramp, (16, 8), Content::whole(16, 8), Grid::Centres, (8, 4)), ramp);
    let half = person::fit(&ramp, (16, 8), Content::whole(16, 8), Grid::Centres, (4, 2));
    assert_eq!(half.values(), [5.5, 7.5, 9.5, 11.5, 25.5, 27.5, 29.5, 31.5]);
    // Letterboxed: the frame is rows 2..6 of 8, so the mask's 4 rows are samples 2..6.
    let rows = mask(8, 8, |_, y| y as f64);
    let content = Content { x: 0, y: 2, width: 8, height: 4 };
    let boxed = person::fit(&rows, (8, 8), content, Grid::Centres, (8, 4));
    assert_eq!((boxed.at(0, 0), boxed.at(7, 3)), ([2.0], [5.0]));
}

fn reflect() {
    let indices: Vec<usize> = (-3..8).map(|i| refine::reflected(i, 5)).collect();
    assert_eq!(indices, [2, 1, 0, 0, 1, 2, 3, 4, 4, 3, 2]);
    let row = mask(5, 1, |x, _| [0.0, 3.0, 6.0, 9.0, 30.0][x]);
    // r = 2: (3+0+0+3+6)/5, (0+0+3+6+9)/5, (0+3+6+9+30)/5, (3+6+9+30+30)/5, (6+9+30+30+9)/5.
    assert!(gap(refine::box_mean(&row, 2).values(), &[2.4, 3.6, 9.6, 15.6, 16.8]) < 1e-14);
}

fn linear() {
    // p = 0.5 R − 0.25 G + 0.3, the channels independent and their variance far above eps.
    let guide = Plane::from_fn(24, 24, |x, y| {
        let bit = |i: usize| ((x * 7 + y * 13 + x * y) >> i & 1) as f64;
        [bit(0), bit(1), bit(2)]
    });
    let p = Plane {
        width: 24,
        height: 24,
        data: guide.data.iter().map(|v| [0.5 * v[0] - 0.25 * v[1] + 0.3]).collect(),
    };
    for fit in refine::fits(&guide, &p, 5, 3e-5) {
        // eps over a variance of about ¼ is 1.2e-4 of a; correlated channels raise it.
        assert!(gap(&fit.a, &[0.5, -0.25, 0.0]) < 1e-3 && (fit.b - 0.3).abs() < 1e-3, "{fit:?}");
        assert!(fit.r2 > 0.999);
    }
    // A flat guide explains nothing: a = 0, b = the mean, R² = 1e-4/(¼ + 1e-4) for a mask of stripes.
    let stripes = mask(24, 24, |x, _| (x % 2) as f64);
    let flat = &refine::fits(&Rgb::flat(24, 24, [0.4; 3]), &stripes, 5, 3e-5)[12 * 24 + 12];
    assert!(gap(&flat.a, &[0.0; 3]) < 1e-9);
    assert!((flat.b - 5.0 / 11.0).abs() < 1e-9 || (flat.b - 6.0 / 11.0).abs() < 1e-9);
    assert!(flat.r2 < 1e-3);
    // Two values in a box, by hand: guide and p both 0 or 1 in the shares 4/9 and 5/9: a = var/(var·3 + eps) each.
    let dots = Plane::from_fn(3, 3, |x, y| [((x + y) % 2) as f64; 3]);
    let same = mask(3, 3, |x, y| ((x + y) % 2) as f64);
    let fit = refine::fits(&dots, &same, 1, 1e-4)[4];
    let variance = 4.0 / 9.0 * 5.0 / 9.0;
    assert!(gap(&fit.a, &[variance / (3.0 * variance + 1e-4); 3]) < 1e-9);
}

fn edge() {
    let step = |left: f64, right: f64| grey(48, 32, move |x, _| if x < 24 { left } else { right });
    let soft = mask(48, 32, |x, _| ((x as f64 - 20.0) / 8.0).clamp(0.0, 1.0));
    let applied = |guide: &Rgb| {
        let c = refine::refine(guide, &soft);
        mask(48, 32, |x, y| {
            let (c, i) = (c.at(x, y), guide.at(x, y));
            c[0] * i[0] + c[1] * i[1] + c[2] * i[2] + c[3]
        })
    };
    let want = mask(48, 32, |x, _| if x < 24 { 0.0 } else { 1.0 });
    let error = |q: &Mask| gap(q.values(), want.values());
    assert!(error(&soft) > 0.49);
    assert!(error(&applied(&step(0.2, 0.8))) < 0.05, "{}", error(&applied(&step(0.2, 0.8))));
    assert!(error(&applied(&step(0.5, 0.5))) > 0.3, "control: no edge to follow");
}

fn guided() {
    let dot = grey(5, 5, |x, y| if (x, y) == (2, 2) { 1.0 } else { 0.0 });
    let smooth = alpha::binomial(&dot);
    let row: Vec<f64> = (0..5).map(|x| smooth.at(x, 2)[0]).collect();
    assert_eq!(row, [0.0, 0.125, 0.25, 0.125, 0.0]);
    assert_eq!(smooth.at(1, 1), [0.0625; 3]);
    let corner = alpha::binomial(&grey(3, 3, |x, y| if (x, y) == (0, 0) { 1.0 } else { 0.0 }));
    assert_eq!(corner.at(0, 0), [9.0 / 16.0; 3]);
    let frame = Rgb::flat(16, 8, [0.2, 0.4, 0.6]);
    let q = alpha::guided(&frame, &Plane::flat(4, 2, [1.0, 0.5, -1.0, 0.35]));
    // 0.2 + 0.2 − 0.6 + 0.35 = 0.15; ss = 3 · 0.0225 − 2 · 0.003375 = 0.06075; stored within half a step of 65535.
    assert!(gap(q.values(), &[0.06075; 128]) <= 0.5 / 65535.0 + 1e-12);
    let p = alpha::plain(&mask(2, 1, |x, _| x as f64), 4, 1);
    assert!(gap(p.values(), &[0.0, 0.25, 0.75, 1.0]) <= 0.5 / 65535.0);
}

fn bilateral() {
    // FACTS: 81 taps for 160×96 and 49 for 256×144 at 720p.
    assert_eq!((alpha::taps(8.0).len(), alpha::taps(5.0).len()), (9, 7));
    assert_eq!(alpha::taps(2.0), [-2.0, -1.0, 0.0, 1.0, 2.0]);
    let flat = alpha::bilateral(&Rgb::flat(40, 20, [0.3; 3]), &mask(8, 4, |_, _| 0.6004));
    // 0.6004 is 153 of 255, 0.6; ss(.5, .75, .6) = 0.352.
    assert!(gap(flat.values(), &[0.352; 800]) <= 0.5 / 65535.0 + 1e-12);
    // The mask ends at 20, the frame's edge is at 22. At 21 the taps 17.2, 18.7, 20.2, 21.7 are on the pixel's side and
    // half of them person; blind to colour it is 5 of 7. The colour weight at distance √3 is e^(−37).
    let person = mask(8, 4, |x, _| if x < 4 { 0.0 } else { 1.0 });
    let edge = alpha::bilateral(&grey(40, 20, |x, _| if x < 22 { 0.0 } else { 1.0 }), &person);
    assert!(
        edge.at(21, 10)[0] < 0.1 && edge.at(22, 10) == [1.0],
        "{:?} {:?}",
        edge.at(21, 10),
        edge.at(22, 10)
    );
    let blind = alpha::bilateral(&Rgb::flat(40, 20, [0.3; 3]), &person);
    assert!(blind.at(21, 10)[0] > 0.8, "control: no edge to follow, {:?}", blind.at(21, 10));
    assert_eq!(smoothstep(0.0, 1.0, 0.25), 0.15625);
}

fn gaussian() {
    assert_eq!(backdrop::gaussian(0.0), [1.0]);
    for sigma in [0.7, 1.0, 3.0, 10.0 / 3.0] {
        let taps = backdrop::gaussian(sigma);
        let radius = (3.0 * sigma).ceil();
        assert_eq!(taps.len(), 2 * radius as usize + 1);
        assert!((taps.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        let variance: f64 = taps.iter().enumerate().map(|(i, v)| v * (i as f64 - radius).powi(2)).sum();
        // Cut at 3σ, a Gaussian loses 2.7 % of its variance.
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
    assert_eq!(backdrop::quarter_sigma(12.0, 720), 3.0);
    assert_eq!(backdrop::quarter_sigma(12.0, 360), 1.5);
}

fn person_out() {
    let (red, blue) = ([1.0, 0.0, 0.0], [0.0, 0.25, 0.75]);
    let frame = Plane::from_fn(130, 70, |x, _| if x < 64 { red } else { blue });
    let b = backdrop::backdrop(&frame, &mask(130, 70, |x, _| if x < 64 { 1.0 } else { 0.0 }), 40.0);
    assert_eq!((b.width, b.height), (33, 18));
    for y in 0..18 {
        // Where D > 0 the room's colour alone, whole where D is near 1; each plane stored in f16 (2⁻¹¹, thrice).
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

fn untouched() {
    let size = Size::new(8, 4);
    // Codes outside the legal range, which decoding and encoding would not give back.
    let bytes: Vec<u8> = (0..64).map(|i| [1, 255, 254, 0][i % 4]).collect();
    let room = Rgb::flat(2, 1, [0.25; 3]);
    let kept = |alpha: f64| composite::composite(&bytes, size, LIMITED_601, &mask(8, 4, |_, _| alpha), &room);
    assert_eq!(kept(1.0), bytes);
    assert_ne!(kept(1.0 - 1.0 / 65535.0), bytes, "control: only exactly 1 is kept");
    // alpha 0: the room whatever the frame. 16 + 219/4 = 70.75.
    assert_eq!(kept(0.0), [71, 128, 71, 128].repeat(16));
    // Half a person of 0.9 before a room of 0.2: P = min(0.9 − 0.1, 0.5), + 0.5 R.
    assert_eq!(composite::over([0.9; 3], 0.5, [0.2; 3], [0.0; 3]), [0.5; 3]);
    assert!(gap(&composite::over([0.3; 3], 0.5, [0.2; 3], [1.0; 3]), &[0.7; 3]) < 1e-15);
}

fn f16() {
    // No binary16 beside the one half finds (which may round twice) is nearer than ours.
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
    // Half way between 1 and 1 + 2⁻¹⁰ goes to even; a hair above goes up, though float32 cannot tell them apart.
    let (tie, step) = (1.0 + 2f64.powi(-11), 2f64.powi(-10));
    assert_eq!(store::f16(tie), 1.0);
    assert_eq!(store::f16(tie + step), 1.0 + 2.0 * step);
    assert_eq!(store::f16(tie + 2f64.powi(-40)), 1.0 + step);
    assert_eq!(store::unorm16(0.5), 32768.0 / 65535.0);
    assert_eq!(store::unorm8(0.6004), 0.6);
}

fn mask_sizes() {
    for (frame, mask) in [((1280, 720), (256, 144)), ((640, 360), (256, 144)), ((640, 480), (222, 166))] {
        assert_eq!(chain::mask_size(Size::new(frame.0, frame.1)), mask);
    }
    // 646×362: 256.49 × 143.73.
    assert_eq!(chain::mask_size(Size::new(646, 362)), (256, 144));
    assert_eq!(chain::mask_size(Size::new(100, 80)), (100, 80));
    assert_eq!(chain::mask_size(Size::new(8192, 32)), (3072, 16));
    assert_eq!(chain::mask_size(Size::new(32, 8)), (32, 8));
}

fn whole() {
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
