//! The metrics, on masks whose scores are computed by hand.

use gpucam::internals::{
    Size,
    measure::metrics::{GroundTruth, Score, distance, edge, mean_colour_error, score, signed_distance},
};
use libtest_mimic::Trial;

use crate::support::test;

const SIZE: Size = Size::new(200, 100);

pub fn trials() -> Vec<Trial> {
    vec![
        test("metrics::distance_is_euclidean", euclidean),
        test("metrics::perfect_mask", perfect),
        test("metrics::shifted_mask", shifted),
        test("metrics::nothing_found", nothing),
        test("metrics::edge_is_inside", edges),
        test("metrics::rim_and_ring", rim_and_ring),
    ]
}

/// 1 from column `left` to before column `right`.
fn bar(left: u32, right: u32) -> Vec<f32> {
    let pixel = |i: usize| if (left..right).contains(&(i as u32 % SIZE.width)) { 1.0 } else { 0.0 };
    (0..SIZE.area()).map(pixel).collect()
}

fn euclidean() {
    // Compared with the definition, on scattered marks.
    let size = Size::new(37, 23);
    let marked: Vec<bool> = (0..size.area()).map(|i| i * 7919 % 101 == 3).collect();
    let place = |i: usize| ((i % 37) as f64, (i / 37) as f64);
    let marks: Vec<_> = (0..size.area()).filter(|&i| marked[i]).map(place).collect();
    assert!(marks.len() > 5);
    for (i, found) in distance(&marked, size).into_iter().enumerate() {
        let (x, y) = place(i);
        let nearest = marks.iter().map(|(u, v)| (x - u).hypot(y - v)).fold(f64::INFINITY, f64::min);
        assert!((f64::from(found) - nearest).abs() < 1e-5, "{i}: {found} {nearest}");
    }
    assert!(distance(&vec![false; size.area()], size).iter().all(|d| d.is_infinite()));
    // Pixel centres lie half a pixel from an edge between pixels.
    let from_edge = signed_distance(&bar(50, 150), SIZE);
    assert_eq!(from_edge[48..52], [-1.5, -0.5, 0.5, 1.5]);
}

fn perfect() {
    let truth = bar(50, 150);
    let Score { iou, error, band, f } = score(&truth, &truth, SIZE);
    assert_eq!((iou, error, band), (1.0, 0.0, 0.0));
    assert!((f - 1.0).abs() < 1e-8);
}

fn shifted() {
    let truth = bar(50, 150);
    let measured = |mask: &[f32]| score(mask, &truth, SIZE);
    for shift in [1, 2, 3, 10] {
        let mask = bar(50 + shift, 150 + shift);
        let shift = f64::from(shift);
        let Score { iou, error, band, f } = measured(&mask);
        // 100 of 200 columns each, 2·shift of them in only one mask; the band has 2 · 32 columns (16 pixel
        // centres on each side).
        assert!((iou - (100.0 - shift) / (100.0 + shift)).abs() < 1e-12);
        assert!((error - 2.0 * shift / 200.0).abs() < 1e-12);
        assert!((band - 2.0 * shift / 64.0).abs() < 1e-12);
        // Edges within two pixels match completely, farther ones not at all.
        let all = if shift <= 2.0 { 1.0 } else { 0.0 };
        assert!((f - all).abs() < 1e-8, "{shift}");
    }
    // One edge is right, the other three pixels off.
    assert!((measured(&bar(50, 153)).f - 0.5).abs() < 1e-8);
    // A mask with an error of 0.1 everywhere.
    let grey: Vec<f32> = truth.iter().map(|t| 0.1 + 0.8 * t).collect();
    assert!((measured(&grey).band - 0.1).abs() < 1e-6 && (measured(&grey).error - 0.1).abs() < 1e-6);
}

fn nothing() {
    let truth = bar(50, 150);
    let empty = vec![0.0; SIZE.area()];
    let found = score(&empty, &truth, SIZE);
    assert_eq!((found.iou, found.band, found.f), (0.0, 0.5, 0.0));
    // Without an edge there is no band, and the score fails every comparison.
    assert!(score(&truth, &empty, SIZE).band.is_nan());
}

fn edges() {
    let found = edge(&bar(50, 200), SIZE);
    // The border of the picture is no edge.
    assert!((0..SIZE.area()).all(|i| found[i] == (i % 200 == 50)));
}

fn rim_and_ring() {
    let truth = bar(100, 200);
    let black = vec![[0.0; 3]; SIZE.area()];
    let mut picture = black.clone();
    // One column with an error of 0.3 in one channel, out of 16 in the rim and 28 in the ring (centres ½ to
    // 27½ pixels off).
    for row in picture.chunks_mut(200) {
        row[95][1] = 0.3;
    }
    let truth = GroundTruth::new(truth, SIZE);
    let rim = |picture: &[[f32; 3]]| mean_colour_error(picture, &black, |i| truth.in_rim(i));
    let ring = |picture: &[[f32; 3]]| mean_colour_error(picture, &black, |i| truth.in_ring(i));
    assert!((rim(&picture) - 0.1 / 16.0).abs() < 1e-7);
    assert!((ring(&picture) - 0.1 / 28.0).abs() < 1e-7);
    assert_eq!(rim(&black), 0.0);
    // A coverage of a quarter is not pure background.
    let soft: Vec<f32> = truth
        .alpha
        .iter()
        .zip(&truth.from_edge)
        .map(|(a, d)| if *d > -9.0 { a.max(0.25) } else { *a })
        .collect();
    let soft = GroundTruth::new(soft, SIZE);
    assert!((mean_colour_error(&picture, &black, |i| soft.in_ring(i))).abs() < 1e-12);
}
