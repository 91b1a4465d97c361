//! The learnt room (docs/PICTURE.md, "The learnt room"), cell by cell.

use super::{Mask, Plane, Rgb, smoothstep};

/// What is known of each cell: R'G'B' under a gain of 1, and variance; frames seen, and frames running that nobody was
/// near.
#[derive(Clone, Debug)]
pub struct Cells {
    pub colour: Plane<4>,
    pub seen: Vec<u32>,
    pub running: Vec<u32>,
}

impl Cells {
    pub fn is_known(&self, i: usize) -> bool {
        self.seen[i] >= 3
    }

    fn shown(&self, i: usize, gain: [f64; 3]) -> [f64; 3] {
        [0, 1, 2].map(|c| gain[c] * self.colour.data[i][c])
    }
}

/// The index of a cell, beyond an edge of the one that mirrors it.
fn reflected(x: isize, y: isize, width: usize, height: usize) -> usize {
    let inside = |i: isize, n: usize| {
        let n = n as isize;
        let i = if i < 0 { -1 - i } else { i };
        (if i >= n { 2 * n - 1 - i } else { i }) as usize
    };
    inside(y, height) * width + inside(x, width)
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// `like`, `tv`, `near` and `visible`; `reach` is half the window of the person's colours, 8.
pub fn sight(guide: &Rgb, p: &Mask, last: &Mask, room: &Cells, gain: [f64; 3], reach: isize) -> Plane<4> {
    let (w, h) = (guide.width, guide.height);
    let around = |x: usize, y: usize, r: isize| {
        (-r..=r).flat_map(move |dy| (-r..=r).map(move |dx| reflected(x as isize + dx, y as isize + dy, w, h)))
    };
    Plane::from_fn(w, h, |x, y| {
        let (mut sum, mut square, mut weight) = ([0.0; 3], 0.0, 0.0);
        for i in around(x, y, reach) {
            let (g, [p]) = (guide.data[i], p.data[i]);
            let w = p * p;
            sum = [0, 1, 2].map(|c| sum[c] + w * g[c]);
            square += w * dot(g, g);
            weight += w;
        }
        let count = ((2 * reach + 1) * (2 * reach + 1)) as f64;
        let n = weight / count + 1e-4;
        let mean = sum.map(|v| v / count / n);
        let variance = (square / count / n - dot(mean, mean)).max(0.0) / 3.0 + 0.02 * 0.02;
        let off = minus(guide.at(x, y), mean);
        let like = (-0.5 * dot(off, off) / (3.0 * variance)).exp();
        let of = |f: &dyn Fn(f64) -> f64, c: usize| {
            around(x, y, 2).map(|i| f(room.shown(i, gain)[c])).sum::<f64>() / 25.0
        };
        let tv: f64 = (0..3).map(|c| (of(&|v| v * v, c) - of(&|v| v, c).powi(2)).max(0.0)).sum();
        let near = around(x, y, 3).any(|i| p.data[i][0] > 0.5);
        let hidden = around(x, y, 4).any(|i| p.data[i][0] >= 0.05 || last.data[i][0] >= 0.05);
        let visible = room.is_known(y * w + x) && !hidden;
        [like, tv, f64::from(u8::from(near)), f64::from(u8::from(visible))]
    })
}

/// What `room_watch` finds: gain, odd, textured, bad, known, person, and whether to forget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub gain: [f64; 3],
    pub odd: f64,
    pub textured: f64,
    pub bad: f64,
    pub known: f64,
    pub person: f64,
    pub forget: bool,
    /// Whether this frame confirms a room that was put back.
    pub agrees: bool,
}

impl Found {
    /// What becomes of a room that was put back, in doubt for `doubt` frames, of which the last `agreed` confirmed it:
    /// both, and whether it is forgotten; `running` frames confirm it, 5.
    pub fn put_back(&self, doubt: f64, agreed: f64, asked: bool, running: f64) -> [f64; 3] {
        let agreed = if self.agrees { agreed + 1.0 } else { 0.0 };
        match agreed >= running {
            _ if self.forget => [0.0, 0.0, 1.0],
            true => [0.0; 3],
            false if asked || doubt >= 600.0 => [0.0, 0.0, 1.0],
            false => [doubt + 1.0, agreed, 0.0],
        }
    }
}

/// `kept` is the share of the cells that the gain is fitted to, .8.
pub fn watch(
    guide: &Rgb,
    sight: &Plane<4>,
    last: &Mask,
    room: &Cells,
    before: [f64; 3],
    bad: f64,
    kept: f64,
) -> Found {
    let sampled: Vec<usize> = (0..guide.height)
        .step_by(2)
        .flat_map(|y| (0..guide.width).step_by(2).map(move |x| y * guide.width + x))
        .collect();
    let visible: Vec<usize> = sampled.iter().copied().filter(|&i| sight.data[i][3] > 0.0).collect();
    let off = |i: usize, gain: [f64; 3]| {
        minus(guide.data[i], room.shown(i, gain)).into_iter().fold(0.0, |most: f64, v| most.max(v.abs()))
    };
    let class = |i: usize| ((off(i, before).max(1e-6).log2() + 12.0) * 21.3).clamp(0.0, 255.0) as usize;
    let mut classes = [0usize; 256];
    visible.iter().for_each(|&i| classes[class(i)] += 1);
    let mut some = 0;
    let limit = classes.iter().position(|count| {
        some += count;
        some as f64 >= kept * visible.len() as f64
    });
    let enough = visible.len() > 100;
    let gain = if enough {
        let kept: Vec<usize> =
            visible.iter().copied().filter(|&i| class(i) <= limit.expect("a class")).collect();
        [0, 1, 2].map(|c| {
            let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
                kept.iter().map(|&i| f(guide.data[i][c], room.colour.data[i][c])).sum()
            };
            sum(&|g, m| g * m) / (sum(&|_, m| m * m) + 1e-6)
        })
    } else {
        before
    };
    let is_odd = |&&i: &&usize| off(i, gain) > 0.03 + 3.0 * room.colour.data[i][3].sqrt();
    let has_texture = |&&i: &&usize| sight.data[i][1] > 1e-3;
    let count = visible.len() as f64;
    let odd = if enough { visible.iter().filter(is_odd).count() as f64 / count } else { 0.0 };
    let rough: Vec<usize> = visible.iter().filter(has_texture).copied().collect();
    let textured = if enough && rough.len() > 50 {
        rough.iter().filter(is_odd).count() as f64 / rough.len() as f64
    } else {
        0.0
    };
    let bad = match (enough, odd > 0.15) {
        (false, _) => bad,
        (true, true) => bad + 1.0,
        (true, false) => 0.0,
    };
    let is_lit = gain.iter().all(|g| (0.35..2.5).contains(g));
    let forget = odd > 0.4 || textured > 0.25 || bad >= 2.0 || !is_lit;
    let share = |count: usize| count as f64 / sampled.len() as f64;
    let known = sampled.iter().filter(|&&i| room.is_known(i)).count();
    Found {
        agrees: enough && 5 * visible.len() >= known && odd < 0.1 && textured < 0.15,
        gain: if forget { [1.0; 3] } else { gain },
        odd,
        textured,
        bad: if forget { 0.0 } else { bad },
        known: if forget { 0.0 } else { share(known) },
        person: share(sampled.iter().filter(|&&i| last.data[i][0] > 0.5).count()),
        forget,
    }
}

/// The amended mask; `off` is how far a cell that repeats the room is moved, 10.
pub fn evidence(guide: &Rgb, p: &Mask, sight: &Plane<4>, room: &Cells, gain: [f64; 3], off: f64) -> Mask {
    let (w, h) = (guide.width, guide.height);
    let around = |x: usize, y: usize| {
        (-1..=1).flat_map(move |dy: isize| {
            (-1..=1).map(move |dx: isize| reflected(x as isize + dx, y as isize + dy, w, h))
        })
    };
    let distance = |i: usize| {
        let m = room.shown(i, gain);
        let mean = 0.012 * (m[0] + m[1] + m[2]) / 3.0;
        let v = room.colour.data[i][3].min(0.001) / 3.0 + 0.006 * 0.006 + mean * mean;
        let away = minus(guide.data[i], m);
        dot(away, away) / (3.0 * v)
    };
    let d: Mask = Plane::from_fn(w, h, |x, y| [distance(y * w + x)]);
    let patch: Mask = Plane::from_fn(w, h, |x, y| {
        let [like, tv, ..] = sight.at(x, y);
        let all_known = around(x, y).all(|i| room.is_known(i));
        let mean = around(x, y).map(|i| d.data[i][0]).sum::<f64>() / 9.0;
        let m3 = if all_known { 1.0 - smoothstep(1.0, 3.0, mean) } else { 0.0 };
        [m3 * (tv / (tv + 3e-4)).max(1.0 - like)]
    });
    Plane::from_fn(w, h, |x, y| {
        let (i, [p]) = (y * w + x, p.at(x, y));
        if !room.is_known(i) || p <= 0.004 {
            return [p];
        }
        let best = around(x, y).map(|i| patch.data[i][0]).fold(0.0, f64::max);
        let away = smoothstep(0.15, 0.5, (1.0 - smoothstep(1.0, 3.0, d.data[i][0])) * best);
        let (g, m) = (guide.data[i], room.shown(i, gain));
        let shade = (dot(g, m) / (dot(m, m) + 1e-6)).clamp(0.75, 1.08);
        let far = minus(g, m.map(|v| shade * v));
        let e = dot(far, far) / (3.0 * (room.colour.data[i][3] / 3.0 + 0.012 * 0.012));
        let differs = smoothstep(3.0, 9.0, e) * sight.data[i][2] * smoothstep(0.02, 0.04, p);
        let q = p.clamp(0.004, 0.996);
        let logit = (q / (1.0 - q)).ln() - off * away + 6.0 * differs;
        [1.0 / (1.0 + (-logit).exp())]
    })
}

/// The linear functions of R'G'B' that are alpha's at the edge, drawn to what both sides say; `reach` is half the window of
/// the person's colours, 4.
pub fn edge(guide: &Rgb, p: &Mask, model: &Plane<4>, room: &Cells, gain: [f64; 3], reach: isize) -> Plane<4> {
    let (w, h) = (guide.width, guide.height);
    Plane::from_fn(w, h, |x, y| {
        let i = y * w + x;
        let [a, b, c, one] = model.data[i];
        let trust = ((f64::from(room.seen[i]) - 2.0) / 6.0).clamp(0.0, 1.0);
        if [a, b, c] == [0.0; 3] || trust == 0.0 {
            return model.data[i];
        }
        let g = guide.data[i];
        let alpha = smoothstep(0.0, 1.0, dot([a, b, c], g) + one);
        let around: Vec<usize> = (-reach..=reach)
            .flat_map(|dy| (-reach..=reach).map(move |dx| reflected(x as isize + dx, y as isize + dy, w, h)))
            .collect();
        let weight: f64 = around.iter().map(|&i| p.data[i][0].powi(2)).sum();
        let mean = |f: &dyn Fn(usize) -> f64| {
            around.iter().map(|&i| p.data[i][0].powi(2) * f(i)).sum::<f64>() / weight.max(1e-6)
        };
        let person = [0, 1, 2].map(|c| mean(&|i| guide.data[i][c]));
        let spread = (mean(&|i| dot(guide.data[i], guide.data[i])) - dot(person, person)).max(0.0) / 3.0;
        let shown = room.shown(i, gain);
        let (d, off) = (minus(person, shown), minus(g, shown));
        let far = dot(d, d) + 1e-6;
        let s = alpha.powi(2) * (spread + 4e-4) + (1.0 - alpha).powi(2) * room.colour.data[i][3] + 4e-4;
        let share = (dot(off, d) / far).clamp(0.0, 1.0);
        let rest = minus(off, d.map(|v| share * v));
        let own =
            0.15f64.powi(2) * (smoothstep(0.0, 0.2, alpha) * smoothstep(0.0, 0.2, 1.0 - alpha)).max(0.001);
        let u =
            own * far / (3.0 * s) * (-dot(rest, rest) / (18.0 * s)).exp() * (weight / 4.0).min(1.0) * trust;
        let k = u / (1.0 + u);
        let slope = d.map(|v| v / far / 1.1);
        let both = [slope[0], slope[1], slope[2], 0.5 - 0.5 / 1.1 - dot(slope, shown)];
        [0, 1, 2, 3].map(|c| model.data[i][c] * (1.0 - k) + both[c] * k)
    })
}

/// Where nobody is near: the refined mask within two cells, the cells' mean alpha within one.
pub fn is_sure(refined: &Mask, alpha: &Mask, x: usize, y: usize) -> bool {
    let near = |plane: &Mask, r: isize| {
        (-r..=r)
            .flat_map(|dy| (-r..=r).map(move |dx| (dx, dy)))
            .fold(0.0, |most: f64, (dx, dy)| most.max(plane.clamped(x as isize + dx, y as isize + dy)[0]))
    };
    near(refined, 2) < 0.02 && near(alpha, 1) < 0.01
}

/// The mean of alpha over the words that each of `width` × `height` cells touches.
pub fn alpha_of_cells(alpha: &Mask, width: usize, height: usize) -> Mask {
    Plane::from_fn(width, height, |x, y| {
        let first = |i: usize, n: usize, of: usize| i * of / n;
        let end = |i: usize, n: usize, of: usize| ((i + 1) * of).div_ceil(n);
        let (left, right) = (first(x, width, alpha.width) / 2, end(x, width, alpha.width).div_ceil(2));
        let (mut sum, mut count) = (0.0, 0);
        for y in first(y, height, alpha.height)..end(y, height, alpha.height) {
            for word in left..right {
                let word = word.min(alpha.width / 2 - 1);
                sum += alpha.at(2 * word, y)[0] + alpha.at(2 * word + 1, y)[0];
                count += 2;
            }
        }
        [sum / f64::from(count)]
    })
}

/// The next frame's cells, and which of them were learnt; `running` is how many frames it takes, 3.
pub fn learn(
    guide: &Rgb,
    sure: impl Fn(usize, usize) -> bool,
    room: &Cells,
    gain: [f64; 3],
    running: u32,
) -> (Cells, Vec<bool>) {
    let mut next = room.clone();
    let mut learnt = vec![false; room.seen.len()];
    for (i, g) in guide.data.iter().enumerate() {
        next.running[i] =
            if sure(i % guide.width, i / guide.width) { (room.running[i] + 1).min(255) } else { 0 };
        if next.running[i] < running {
            continue;
        }
        learnt[i] = true;
        let [r, green, b, v] = room.colour.data[i];
        let off = minus(*g, room.shown(i, gain));
        let d = dot(off, off) / 3.0;
        let is_new = room.seen[i] == 0 || d > (0.04 + 3.0 * v.sqrt()).powi(2);
        let n = if is_new { 0 } else { room.seen[i] };
        let w = 1.0 / f64::from((n + 1).min(32));
        let own = [0, 1, 2].map(|c| g[c] / gain[c]);
        let old = [r, green, b];
        let m = if is_new { own } else { [0, 1, 2].map(|c| old[c] + (own[c] - old[c]) * w) };
        let v = if is_new { 4e-4 } else { v + (d - v) * w.min(0.2) };
        next.colour.data[i] = [m[0], m[1], m[2], v];
        next.seen[i] = (n + 1).min(32);
    }
    (next, learnt)
}
