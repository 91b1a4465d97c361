//! The region that follows the person.
//!
//! The person's place comes from alpha at the middles of 128 × 72 equal boxes: left and right such that all
//! but a hundredth of its sum lies between, the top such that a hundredth lies above. The goal is a region of
//! which they cover a quarter (the part that they cover is proportional to one over its width), at least
//! 1/0.9 as wide as they are, with 12 % of its height above them; or the whole picture, if they come within a
//! hundredth of its width of its left or right edge. While moving, x″ = ω² (goal − x) − 2 ω x′, otherwise x″
//! = −2 ω x′: integrated here in small steps (Runge and Kutta), not solved.

use super::plane::Mask;

/// Left, top, width and height.
pub type Rectangle = [f64; 4];

/// The state between frames.
#[derive(Clone, Copy, Debug)]
pub struct State {
    pub region: Rectangle,
    /// Speed of the centre in pixels a second, and of ln(width).
    pub speed: [f64; 3],
    pub is_on_its_way: bool,
}

/// The constants of the rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub whole: Rectangle,
    pub closest: f64,
    pub omega: f64,
    /// Distances from which on it starts to move: shares of width and height, and ln(width).
    pub start: [f64; 3],
}

impl Rule {
    pub fn new(whole: Rectangle, closest: f64) -> Self {
        Self { whole, closest, omega: 2.5, start: [0.08, 0.08, 0.3] }
    }
}

const STOP: [f64; 3] = [0.01, 0.01, 0.05];
const FASTEST: [f64; 3] = [0.4, 0.4, 0.5];

/// The position, 0..1, at which the running sum of `values` reaches `part` of their sum.
fn passes(values: &[f64], part: f64) -> f64 {
    let wanted = part * values.iter().sum::<f64>();
    let mut before = 0.0;
    for (i, value) in values.iter().enumerate() {
        if before + value >= wanted {
            return (i as f64 + (wanted - before) / value) / values.len() as f64;
        }
        before += value;
    }
    1.0
}

/// The goal, from alpha in the region shown: its centre and ln(width). The whole picture as a goal is
/// slightly larger than it is, so that the region reaches it, and always starts a move.
fn wanted(alpha: &Mask, region: Rectangle, rule: &Rule) -> [f64; 3] {
    let [x, y, z] = centre(rule.whole);
    let everything = [x, y, z + 0.04];
    let at = |i: usize, n: usize, pixels: usize| (2 * i + 1) * pixels / (2 * n);
    let place =
        |column: usize, row: usize| alpha.at(at(column, 128, alpha.width), at(row, 72, alpha.height))[0];
    let columns: Vec<f64> = (0..128).map(|c| (0..72).map(|r| place(c, r)).sum()).collect();
    let rows: Vec<f64> = (0..72).map(|r| (0..128).map(|c| place(c, r)).sum()).collect();
    let covered = columns.iter().sum::<f64>() / (128.0 * 72.0);
    if covered < 0.004 {
        return everything;
    }
    let across = |part| region[0] + region[2] * passes(&columns, part);
    let (left, right) = (across(0.01), across(0.99));
    let side = rule.whole[2] / 100.0;
    if left < rule.whole[0] + side || right > rule.whole[0] + rule.whole[2] - side {
        return everything;
    }
    let top = region[1] + region[3] * passes(&rows, 0.01);
    let width = (region[2] * covered / 0.25).max((right - left) / 0.9);
    let width = width.max(rule.whole[2] / rule.closest);
    if width >= rule.whole[2] {
        return everything;
    }
    let height = width * rule.whole[3] / rule.whole[2];
    centre(inside([(left + right - width) / 2.0, top - 0.12 * height, width, height], rule.whole))
}

/// Shifts a region inside.
fn inside(region: Rectangle, whole: Rectangle) -> Rectangle {
    let [x, y, width, height] = region;
    let corner = |v: f64, from: f64, margin: f64| v.clamp(from, from + margin);
    [corner(x, whole[0], whole[2] - width), corner(y, whole[1], whole[3] - height), width, height]
}

fn centre([x, y, width, height]: Rectangle) -> [f64; 3] {
    [x + width / 2.0, y + height / 2.0, width.ln()]
}

/// Position and speed after `dt` of a spring to `to` (or, without it, of friction alone) from position `x`
/// and speed `v`.
fn glide(x: f64, v: f64, to: Option<f64>, omega: f64, dt: f64) -> (f64, f64) {
    const STEPS: usize = 200;
    let slope = |(x, v): (f64, f64)| {
        let pull = to.map_or(0.0, |to| omega * omega * (to - x));
        (v, pull - 2.0 * omega * v)
    };
    let along = |a: (f64, f64), b: (f64, f64), t: f64| (a.0 + t * b.0, a.1 + t * b.1);
    let step = dt / STEPS as f64;
    (0..STEPS).fold((x, v), |now, _| {
        let a = slope(now);
        let b = slope(along(now, a, step / 2.0));
        let c = slope(along(now, b, step / 2.0));
        let d = slope(along(now, c, step));
        let sum = (a.0 + 2.0 * b.0 + 2.0 * c.0 + d.0, a.1 + 2.0 * b.1 + 2.0 * c.1 + d.1);
        along(now, sum, step / 6.0)
    })
}

/// The state for the next frame, from alpha in this one, which came `dt` seconds after the one before.
pub fn follow(alpha: &Mask, dt: f64, state: State, rule: &Rule) -> State {
    let to = wanted(alpha, state.region, rule);
    let now = centre(state.region);
    let size = [state.region[2], state.region[3], 1.0];
    let is_whole = to[2] > rule.whole[2].ln();
    let limits = if state.is_on_its_way || is_whole { STOP } else { rule.start };
    let is_on_its_way = (0..3).any(|i| (now[i] - to[i]).abs() / size[i] > limits[i]);
    let dt = dt.clamp(0.0, 0.25);
    let (mut next, mut speed) = ([0.0; 3], [0.0; 3]);
    for i in 0..3 {
        let fastest = FASTEST[i] * size[i];
        let (x, v) = glide(now[i], state.speed[i], is_on_its_way.then_some(to[i]), rule.omega, dt);
        next[i] = now[i] + (x - now[i]).clamp(-fastest * dt, fastest * dt);
        speed[i] = v.clamp(-fastest, fastest);
    }
    let width = next[2].exp().min(rule.whole[2]);
    let height = width * rule.whole[3] / rule.whole[2];
    let region = [next[0] - width / 2.0, next[1] - height / 2.0, width, height];
    State { region: inside(region, rule.whole), speed, is_on_its_way }
}
