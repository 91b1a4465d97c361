//! Draws hair strand by strand.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use super::{
    canvas::{at, at_size, tint},
    raster::{CoverageLayer, Paint, Point, ellipse, lines, polygon},
    rng::{Rng, sin_cos},
};

/// A strand of `length` units that starts at `from` in the direction `angle` (radians, 0 to the right,
/// clockwise) and bends and waves by about `bend` radians.
fn strand(rng: &mut Rng, from: Point, angle: f32, length: f32, bend: f32) -> Vec<Point> {
    const SEGMENTS: u32 = 14;
    let (curve, phase) = (rng.uniform(-bend, bend), rng.uniform(0.0, TAU));
    let (mut angle, (mut x, mut y)) = (angle, from);
    let mut points = vec![from];
    for i in 0..SEGMENTS {
        angle += curve / SEGMENTS as f32 + 0.125 * bend * sin_cos(phase + 0.9 * i as f32).0;
        let (sin, cos) = sin_cos(angle);
        x += cos * length / SEGMENTS as f32;
        y += sin * length / SEGMENTS as f32;
        points.push((x, y));
    }
    points
}

/// Short hair: single ends that stick out.
pub(super) fn short(layer: &mut CoverageLayer, colour: [f32; 3], rng: &mut Rng) {
    let strands: Vec<_> = (0..160)
        .map(|_| {
            let around = rng.uniform(-2.9, -0.25);
            let (sin, cos) = sin_cos(around);
            let (angle, length) = (around + rng.uniform(-0.9, 0.9), rng.uniform(5.0, 14.0));
            strand(rng, at(0.2 * cos, 0.33 + 0.245 * sin), angle, length, 1.0)
        })
        .collect();
    layer.stroke(lines(&strands), 0.5, Paint::flat(tint(colour, 1.1)));
}

/// The bulk of long hair behind the shoulders.
pub(super) fn behind(layer: &mut CoverageLayer, paint: Paint) {
    layer.fill(ellipse(at(0.0, 0.40), at_size(0.225, 0.32)), paint);
    let fall = [at(-0.222, 0.38), at(0.222, 0.38), at(0.25, 0.80), at(-0.25, 0.80)];
    layer.fill(polygon(&fall), paint);
}

/// Free strands of long hair: many fine and fewer thick ones, half of them on top and half at the sides.
pub(super) fn long(layer: &mut CoverageLayer, colour: [f32; 3], rng: &mut Rng) {
    for (width, count, opacity) in [(0.6, 260, 0.9), (1.3, 120, 1.0), (2.6, 50, 1.0)] {
        let mut strands: Vec<_> = (0..count / 2).map(|_| top(rng)).collect();
        strands.extend((0..count / 2).map(|_| side(rng)));
        let paint = Paint::flat(tint(colour, rng.uniform(0.9, 1.5))).opacity(opacity);
        layer.stroke(lines(&strands), width, paint);
    }
}

fn top(rng: &mut Rng) -> Vec<Point> {
    let (around, reach) = (rng.uniform(-PI, 0.0), rng.uniform(0.9, 1.0));
    let (sin, cos) = sin_cos(around);
    let (angle, length) = (around + rng.uniform(-0.9, 0.9), rng.uniform(15.0, 60.0));
    strand(rng, at(0.205 * reach * cos, 0.33 + 0.25 * reach * sin), angle, length, 1.6)
}

fn side(rng: &mut Rng) -> Vec<Point> {
    let (side, y) = (rng.sign(), rng.uniform(0.36, 0.80));
    let x = side * (0.205 + rng.uniform(0.0, 0.025) + 0.04 * (y - 0.38));
    let (angle, length) = (FRAC_PI_2 - side * rng.uniform(-0.1, 0.9), rng.uniform(25.0, 90.0));
    strand(rng, at(x, y), angle, length, 1.8)
}
