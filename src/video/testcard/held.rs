//! Draws what the presenter holds or wears, and the hands that hold it.

use super::{
    canvas::{at, at_size, tint},
    raster::{CoverageLayer, Paint, Point, ellipse, half_ellipse, lines, polygon, turned_ellipse},
    rng::sin_cos,
    scene::Held,
};

const CHINA: [f32; 3] = [0.88, 0.87, 0.84];
const BAND: [f32; 3] = [0.20, 0.42, 0.48];
const COFFEE: [f32; 3] = [0.17, 0.10, 0.07];
const PLASTIC: [f32; 3] = [0.12, 0.12, 0.13];
const CUSHION: [f32; 3] = [0.24, 0.24, 0.26];

/// Draws it over the presenter, whose skin and shirt have these colours.
pub(super) fn draw(
    layer: &mut CoverageLayer,
    held: Held,
    [skin, shirt]: [[f32; 3]; 2],
    pores: &[f32],
    folds: &[f32],
) {
    let skin = |factor| Paint::textured(tint(skin, factor), pores);
    let shirt = |factor| Paint::textured(tint(shirt, factor), folds);
    match held {
        Held::Nothing => {}
        Held::Hands => {
            for side in [-1.0, 1.0] {
                sleeve(layer, (0.43 * side, 1.08), (0.385 * side, 0.70), &shirt);
                raised(layer, Place { at: (0.385 * side, 0.68), degrees: 3.0 * side, side }, &skin);
            }
        }
        Held::Mug => {
            sleeve(layer, (0.41, 1.08), (0.425, 0.72), &shirt);
            mug(layer, &skin);
        }
        Held::Headset => headset(layer),
    }
}

/// Where something is drawn: its origin, its turn clockwise, and 1, or −1 to mirror it.
#[derive(Clone, Copy)]
struct Place {
    at: Point,
    degrees: f32,
    side: f32,
}

impl Place {
    /// A point `u` to the right of the origin and `v` above it, in heights of the presenter.
    fn point(&self, (u, v): Point) -> Point {
        let (sin, cos) = sin_cos(self.degrees.to_radians());
        let u = u * self.side;
        at(self.at.0 + cos * u + sin * v, self.at.1 + sin * u - cos * v)
    }

    fn points(&self, of: &[Point]) -> Vec<Point> {
        of.iter().map(|&point| self.point(point)).collect()
    }
}

/// A forearm in its sleeve, from the elbow to the wrist, and the cuff.
fn sleeve<'a>(layer: &mut CoverageLayer, elbow: Point, wrist: Point, shirt: &impl Fn(f32) -> Paint<'a>) {
    let arm = [
        at(wrist.0 - 0.058, wrist.1),
        at(wrist.0 + 0.058, wrist.1),
        at(elbow.0 + 0.095, elbow.1),
        at(elbow.0 - 0.095, elbow.1),
    ];
    layer.fill(polygon(&arm), shirt(0.92));
    // Rounder where it turns away from the light.
    let lit = [
        at(wrist.0 - 0.034, wrist.1),
        at(wrist.0 + 0.020, wrist.1),
        at(elbow.0 + 0.025, elbow.1),
        at(elbow.0 - 0.060, elbow.1),
    ];
    layer.fill(polygon(&lit), shirt(1.02));
    let cuff = vec![at(wrist.0 - 0.048, wrist.1 + 0.010), at(wrist.0 + 0.048, wrist.1 + 0.010)];
    layer.stroke(lines(&[cuff]), 20.0, shirt(0.80));
}

/// A finger from `from` on: its middle joint and its tip, `width` units wide, darker at its sides.
fn finger<'a>(layer: &mut CoverageLayer, bones: &[Point], width: f32, skin: &impl Fn(f32) -> Paint<'a>) {
    layer.stroke(lines(&[bones.to_vec()]), width, skin(0.84));
    layer.stroke(lines(&[bones.to_vec()]), 0.72 * width, skin(0.96));
}

/// A raised hand with spread fingers that shows its palm; the origin is the wrist.
fn raised<'a>(layer: &mut CoverageLayer, place: Place, skin: &impl Fn(f32) -> Paint<'a>) {
    // From the little finger, on the outside, to the forefinger: where it begins, its turn, length and width.
    let fingers = [
        (0.063, 20.0, 0.112, 24.0),
        (0.024, 7.0, 0.150, 27.0),
        (-0.018, -3.0, 0.162, 28.0),
        (-0.058, -14.0, 0.142, 27.0),
    ];
    let wrist = [(-0.045, -0.04), (0.043, -0.04), (0.050, 0.04), (-0.050, 0.04)];
    layer.fill(polygon(&place.points(&wrist)), skin(0.90));
    for (u, degrees, length, width) in fingers {
        let (sin, cos) = sin_cos(f32::to_radians(degrees));
        let bone = |share: f32| place.point((u + share * length * sin, 0.145 + share * length * cos));
        finger(layer, &[bone(-0.2), bone(1.0)], width, skin);
        for joint in [0.36, 0.70] {
            // Creases.
            let across = |v: f32| {
                let (u, v) = (u + joint * length * sin + v * cos, 0.145 + joint * length * cos - v * sin);
                place.point((u, v))
            };
            layer.stroke(lines(&[vec![across(-0.012), across(0.012)]]), 2.2, skin(0.80));
        }
    }
    let palm =
        [(-0.052, 0.01), (0.050, 0.01), (0.074, 0.08), (0.070, 0.150), (-0.066, 0.156), (-0.070, 0.08)];
    layer.fill(polygon(&place.points(&palm)), skin(0.94));
    let edge: Vec<Point> = place.points(&[palm[0], palm[5], palm[4], palm[3], palm[2], palm[1], palm[0]]);
    layer.stroke(lines(&[edge]), 14.0, skin(0.94));
    let thumb = place.points(&[(-0.045, 0.04), (-0.098, 0.085), (-0.128, 0.145)]);
    finger(layer, &thumb, 30.0, skin);
    let ball = place.point((-0.040, 0.062));
    layer.fill(turned_ellipse(ball, at_size(0.034, 0.055), 20.0 * place.side), skin(0.99));
    for crease in [
        [(-0.062, 0.118), (-0.015, 0.108), (0.040, 0.128)],
        [(0.072, 0.098), (0.015, 0.086), (-0.055, 0.112)],
        [(-0.008, 0.010), (-0.006, 0.062), (-0.050, 0.112)],
    ] {
        layer.stroke(lines(&[place.points(&crease)]), 2.6, skin(0.80));
    }
}

/// A mug that a hand holds beside the face.
fn mug<'a>(layer: &mut CoverageLayer, skin: &impl Fn(f32) -> Paint<'a>) {
    let (x, top, bottom, half) = (0.335, 0.44, 0.615, 0.068);
    // The wrist and the palm are behind it.
    let wrist = [at(0.375, 0.75), at(0.472, 0.75), at(0.462, 0.62), at(0.395, 0.62)];
    layer.fill(polygon(&wrist), skin(0.88));
    layer.fill(turned_ellipse(at(0.408, 0.56), at_size(0.052, 0.090), 8.0), skin(0.90));
    let handle: Vec<Point> = (0..=24)
        .map(|i| {
            let (sin, cos) = sin_cos(std::f32::consts::PI * i as f32 / 24.0);
            at(x - half - 0.052 * sin, 0.525 - 0.050 * cos)
        })
        .collect();
    layer.stroke(lines(std::slice::from_ref(&handle)), 15.0, Paint::flat(tint(CHINA, 0.82)));
    layer.stroke(lines(&[handle]), 8.0, Paint::flat(tint(CHINA, 0.94)));
    // Upright strips, darker towards the sides: a cylinder lit from the left.
    let strips = 24;
    for (from, to, colour) in [(top, bottom, CHINA), (0.545, 0.575, BAND)] {
        for i in 0..strips {
            let across = |i: f32| x - half + 2.0 * half * i / strips as f32;
            let round = 2.0 * (i as f32 + 0.5) / strips as f32 - 1.0;
            let bend = |to: f32, y: f32| {
                let off = (to - x) / half;
                at(to, y + 0.014 * (1.0 - off * off).max(0.0).sqrt())
            };
            let (left, right) = (across(i as f32), across(i as f32 + 1.1).min(x + half));
            let strip = [bend(left, from), bend(right, from), bend(right, to), bend(left, to)];
            let light = 1.02 - 0.42 * (round + 0.35) * (round + 0.35);
            layer.fill(polygon(&strip), Paint::flat(tint(colour, light)));
        }
    }
    layer.fill(ellipse(at(x, top), at_size(half, 0.018)), Paint::flat(tint(CHINA, 1.06)));
    layer.fill(ellipse(at(x, top + 0.002), at_size(half - 0.008, 0.013)), Paint::flat(tint(CHINA, 0.72)));
    layer.fill(ellipse(at(x, top + 0.006), at_size(half - 0.012, 0.009)), Paint::flat(COFFEE));
    // Four fingers around it.
    for (i, reach) in [0.098, 0.108, 0.104, 0.088].into_iter().enumerate() {
        let y = 0.487 + 0.037 * i as f32;
        let bones = [at(0.424, y + 0.012), at(0.398, y - 0.002), at(0.424 - reach, y + 0.004)];
        finger(layer, &bones, 25.0, skin);
    }
}

/// Headphones with a microphone.
fn headset(layer: &mut CoverageLayer) {
    let band = half_ellipse(at(0.0, 0.36), at_size(0.213, 0.292), true);
    layer.stroke(lines(std::slice::from_ref(&band)), 24.0, Paint::flat(PLASTIC));
    layer.stroke(lines(&[band]), 9.0, Paint::flat(tint(PLASTIC, 1.9)));
    for side in [-1.0, 1.0] {
        layer.fill(ellipse(at(0.188 * side, 0.405), at_size(0.040, 0.080)), Paint::flat(CUSHION));
        layer.fill(ellipse(at(0.213 * side, 0.405), at_size(0.037, 0.072)), Paint::flat(PLASTIC));
        layer.fill(ellipse(at(0.219 * side, 0.395), at_size(0.020, 0.044)), Paint::flat(tint(PLASTIC, 1.7)));
    }
    let boom: Vec<Point> = (0..=20)
        .map(|i| {
            let t = i as f32 / 20.0;
            at(-0.212 + 0.125 * t * t, 0.46 + 0.105 * t - 0.02 * t * t)
        })
        .collect();
    let end = (at(-0.094, 0.540), at(-0.072, 0.548));
    layer.stroke(lines(&[boom]), 8.0, Paint::flat(PLASTIC));
    layer.stroke(lines(&[vec![end.0, end.1]]), 22.0, Paint::flat(tint(PLASTIC, 0.8)));
}
