//! The box around the person and the mixed masks of a second look, from docs/PICTURE.md, "A second look".

use super::{Mask, Plane, smoothstep};

/// Left, top, right, bottom in pixels.
pub type Edges = [f64; 4];

/// What decides on a box.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Texels of the smallest part of a person.
    pub least: usize,
    /// Share of the person's longer side that is added all round, and the least of it.
    pub room: f64,
    pub need: f64,
    /// The narrowest and the widest box, as width / height.
    pub aspect: [f64; 2],
    /// How many times too large a box may be.
    pub loose: f64,
    /// The change of luma that ends everything.
    pub cut: f64,
}

pub const RULE: Rule = Rule { least: 60, room: 0.14, need: 0.06, aspect: [0.8, 1.3], loose: 1.5, cut: 0.08 };

/// First and last column and row with person, in texels, last ones exclusive. Parts hang together if they touch
/// blocks of four texels that touch each other.
fn person(mask: &Mask, least: usize) -> Option<Edges> {
    let block = |i: usize| i / 4;
    let columns = mask.width.div_ceil(4);
    let mut blocks = vec![Vec::new(); columns * mask.height.div_ceil(4)];
    for y in 0..mask.height {
        for x in 0..mask.width {
            if mask.at(x, y)[0] > 0.5 {
                blocks[block(y) * columns + block(x)].push((x, y));
            }
        }
    }
    let (mut done, mut all) = (vec![false; blocks.len()], Vec::new());
    for start in 0..blocks.len() {
        let (mut part, mut waiting) = (Vec::<(usize, usize)>::new(), vec![start]);
        while let Some(i) = waiting.pop() {
            if done[i] || blocks[i].is_empty() {
                continue;
            }
            done[i] = true;
            part.extend(&blocks[i]);
            let (x, y) = ((i % columns) as isize, (i / columns) as isize);
            for (dx, dy) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy))) {
                let (x, y) = (x + dx, y + dy);
                let inside =
                    (0..columns as isize).contains(&x) && (0..(blocks.len() / columns) as isize).contains(&y);
                waiting.extend(inside.then_some((y * columns as isize + x) as usize));
            }
        }
        if part.len() >= least {
            all.extend(part);
        }
    }
    let edge = |of: fn(&(usize, usize)) -> usize| {
        Some([all.iter().map(of).min()? as f64, all.iter().map(of).max()? as f64 + 1.0])
    };
    let ([left, right], [top, bottom]) = (edge(|p| p.0)?, edge(|p| p.1)?);
    Some([left, top, right, bottom])
}

/// The person's edges with room around them, of the right aspect, and in the frame.
fn needed([left, top, right, bottom]: Edges, room: f64, (w, h): (f64, f64), rule: &Rule) -> Edges {
    let side = room * f64::max(right - left, bottom - top);
    let ([mut x0, mut x1], [mut y0, mut y1]) = ([left - side, right + side], [top - side, bottom + side]);
    let [narrowest, widest] = rule.aspect;
    let (width, height) = (x1 - x0, y1 - y0);
    if width > widest * height {
        (y0, y1) = (y0 - (width / widest - height) / 2.0, y1 + (width / widest - height) / 2.0);
    }
    if width < narrowest * height {
        (x0, x1) = (x0 - (narrowest * height - width) / 2.0, x1 + (narrowest * height - width) / 2.0);
    }
    if y1 > h {
        (y0, y1) = (y0 - (y1 - h), h);
    }
    if y0 < 0.0 {
        (y0, y1) = (0.0, f64::min(h, y1 - y0));
    }
    if x0 < 0.0 {
        (x0, x1) = (0.0, x1 - x0);
    }
    if x1 > w {
        (x0, x1) = (f64::max(0.0, x0 - (x1 - w)), w);
    }
    [x0, y0, x1, y1]
}

fn area([x0, y0, x1, y1]: Edges) -> f64 {
    (x1 - x0) * (y1 - y0)
}

/// The box after a frame whose predecessor had this `mask`, and differs from it by `change` in the mean.
pub fn next(
    before: Option<Edges>,
    mask: &Mask,
    change: f64,
    frame: (f64, f64),
    rule: &Rule,
) -> Option<Edges> {
    if change.is_nan() || change > rule.cut {
        return None;
    }
    let (w, h) = frame;
    let scale = [w / mask.width as f64, h / mask.height as f64];
    let Some(found) = person(mask, rule.least) else {
        return Some([0.0, 0.0, w, h]);
    };
    let person: Edges = std::array::from_fn(|i| found[i] * scale[i % 2]);
    let (need, wanted) = (needed(person, rule.need, frame, rule), needed(person, rule.room, frame, rule));
    if let Some(before) = before {
        let fits = (0..2).all(|i| need[i] >= before[i] - 1.0 && need[i + 2] <= before[i + 2] + 1.0);
        if fits && area(before) <= rule.loose * area(wanted) {
            return Some(before);
        }
    }
    let grid = 2.0 * (w / 80.0).floor();
    let down = |v: f64| (v / grid).floor() * grid;
    let up = |v: f64, most: f64| f64::min((v / grid).ceil() * grid, most);
    Some([down(wanted[0]), down(wanted[1]), up(wanted[2], w), up(wanted[3], h)])
}

/// The whole frame's mask, mixed within the box with `close`, whose weight rises over `ramp` texels to `weight`, and what
/// both agreed on, which `agreed` is of the frame before; what `close` takes away fades by `fade` a frame.
#[allow(clippy::too_many_arguments)]
pub fn mixed(
    mask: &Mask,
    close: &Mask,
    edges: Edges,
    (w, h): (f64, f64),
    agreed: &Mask,
    weight: f64,
    ramp: f64,
    fade: f64,
) -> Plane<2> {
    let logit = |p: f64| {
        let p = p.clamp(0.002, 0.998);
        (p / (1.0 - p)).ln()
    };
    let [x0, y0, x1, y1] = edges;
    let (across, down) = (w / mask.width as f64, h / mask.height as f64);
    Plane::from_fn(mask.width, mask.height, |i, j| {
        let [p] = mask.at(i, j);
        let (x, y) = ((i as f64 + 0.5) * across, (j as f64 + 0.5) * down);
        let mut distance = f64::INFINITY;
        for (is_inner, d) in [
            (x0 > 0.0, (x - x0) / across),
            (y0 > 0.0, (y - y0) / down),
            (x1 < w, (x1 - x) / across),
            (y1 < h, (y1 - y) / down),
        ] {
            distance = if is_inner { distance.min(d) } else { distance };
        }
        let k = weight * smoothstep(0.0, ramp, distance);
        if k == 0.0 {
            return [p, 0.0];
        }
        let (sx, sy) = (close.width as f64 / (x1 - x0), close.height as f64 / (y1 - y0));
        let mut seen = 0.0;
        for (dx, dy) in [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)] {
            let (u, v) = ((x + dx * across - x0) * sx - 0.5, (y + dy * down - y0) * sy - 0.5);
            seen += close.bilinear(u, v)[0] / 4.0;
        }
        let [before] = agreed.at(i, j);
        let (both, k) = match (p > 0.5, seen > 0.5) {
            (true, true) => (1.0, k),
            (true, false) => {
                let both = f64::max(before - fade, 0.0);
                (both, k * (1.0 - both))
            }
            (false, _) => (before, k),
        };
        [1.0 / (1.0 + (-((1.0 - k) * logit(p) + k * logit(seen))).exp()), both]
    })
}
