//! The person probability, and alpha from it.

use super::{gap, grey, mask};
use crate::mirror::{
    Mask, Plane, Rgb, alpha,
    person::{self, Grid, Person},
    preprocess::Content,
    refine, smoothstep,
};

pub fn softmax() {
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

pub fn fit() {
    // Corners: 33 samples of 257 pixels lie on pixel centres 0, 8, 16…; sample i holds the position of its
    // pixel.
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

pub fn reflect() {
    let indices: Vec<usize> = (-3..8).map(|i| refine::reflected(i, 5)).collect();
    assert_eq!(indices, [2, 1, 0, 0, 1, 2, 3, 4, 4, 3, 2]);
    let row = mask(5, 1, |x, _| [0.0, 3.0, 6.0, 9.0, 30.0][x]);
    // r = 2: (3+0+0+3+6)/5, (0+0+3+6+9)/5, (0+3+6+9+30)/5, (3+6+9+30+30)/5, (6+9+30+30+9)/5.
    assert!(gap(refine::box_mean(&row, 2).values(), &[2.4, 3.6, 9.6, 15.6, 16.8]) < 1e-14);
}

pub fn linear() {
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
    // Two values in a box, by hand: guide and p both 0 or 1 in the shares 4/9 and 5/9: a = var/(var·3 + eps)
    // each.
    let dots = Plane::from_fn(3, 3, |x, y| [((x + y) % 2) as f64; 3]);
    let same = mask(3, 3, |x, y| ((x + y) % 2) as f64);
    let fit = refine::fits(&dots, &same, 1, 1e-4)[4];
    let variance = 4.0 / 9.0 * 5.0 / 9.0;
    assert!(gap(&fit.a, &[variance / (3.0 * variance + 1e-4); 3]) < 1e-9);
}

pub fn edge() {
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
    assert!(error(&applied(&step(0.5, 0.5))) > 0.2, "control: no edge to follow");
}

pub fn guided() {
    let dot = grey(5, 5, |x, y| if (x, y) == (2, 2) { 1.0 } else { 0.0 });
    let smooth = alpha::binomial(&dot);
    let row: Vec<f64> = (0..5).map(|x| smooth.at(x, 2)[0]).collect();
    assert_eq!(row, [0.0, 0.125, 0.25, 0.125, 0.0]);
    assert_eq!(smooth.at(1, 1), [0.0625; 3]);
    let corner = alpha::binomial(&grey(3, 3, |x, y| if (x, y) == (0, 0) { 1.0 } else { 0.0 }));
    assert_eq!(corner.at(0, 0), [9.0 / 16.0; 3]);
    let frame = Rgb::flat(16, 8, [0.2, 0.4, 0.6]);
    let q = alpha::guided(&frame, &Plane::flat(4, 2, [1.0, 0.5, -1.0, 0.35]));
    // 0.2 + 0.2 − 0.6 + 0.35 = 0.15; ss = 3 · 0.0225 − 2 · 0.003375 = 0.06075; stored within half a step of
    // 65535.
    assert!(gap(q.values(), &[0.06075; 128]) <= 0.5 / 65535.0 + 1e-12);
    let p = alpha::plain(&mask(2, 1, |x, _| x as f64), 4, 1);
    assert!(gap(p.values(), &[0.0, 0.25, 0.75, 1.0]) <= 0.5 / 65535.0);
}

pub fn bilateral() {
    // Volcomix takes 81 taps for 160×96 and 49 for 256×144 at 720p.
    assert_eq!((alpha::taps(8.0).len(), alpha::taps(5.0).len()), (9, 7));
    assert_eq!(alpha::taps(2.0), [-2.0, -1.0, 0.0, 1.0, 2.0]);
    let flat = alpha::bilateral(&Rgb::flat(40, 20, [0.3; 3]), &mask(8, 4, |_, _| 0.6004));
    // 0.6004 is 153 of 255, 0.6; ss(.5, .75, .6) = 0.352.
    assert!(gap(flat.values(), &[0.352; 800]) <= 0.5 / 65535.0 + 1e-12);
    // The mask ends at 20, the frame's edge is at 22. At 21 the taps 17.2, 18.7, 20.2, 21.7 are on the
    // pixel's side and half of them are person; without colour weights, 5 of 7 are. The colour weight at
    // distance √3 is e^(−37).
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
