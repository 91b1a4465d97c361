//! Which of several people is kept.
//!
//! A part is a set of texels of at least ¼, connected by their sides; its score is area × reach², reach being
//! how low it gets. The part with most of the texels that were the kept person's is theirs; the best one, if
//! nobody is kept. Another takes over after `patience` with 1½ times the score, or after `hold` without
//! the person. Others are hidden, except small ones that were the person's, or that come up near them
//! and away from the sides. Somebody else's stay so. A part that has texels of both (or had, up to `wary`
//! before) is divided: each texel goes to whom the cheaper way leads, of at most four steps. The outermost
//! texel of the person is not certain; what nobody reaches is the other's if it is three texels wide.

use super::plane::{Mask, Plane, Rgb};

/// The constants of the rule; times in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub patience: u32,
    pub hold: u32,
    pub wary: u32,
    /// How long a fade takes.
    pub fade: u32,
    /// Nothing of the other lies this near to a texel that is certain.
    pub deep: isize,
}

impl Default for Rule {
    fn default() -> Self {
        Self { patience: 500, hold: 1500, wary: 3000, fade: 200, deep: 3 }
    }
}

/// Whose a texel was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    #[default]
    Nobody,
    Kept,
    Other,
    Former,
}

/// What `people` makes of a texel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Of(Owner),
    Touching,
    Remembered,
}

impl Class {
    /// Its number in the shader.
    pub fn code(self) -> u32 {
        match self {
            Self::Of(owner) => owner as u32,
            Self::Touching => 4,
            Self::Remembered => 5,
        }
    }
}

/// Whether somebody is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    #[default]
    Nobody,
    There,
    Away,
}

/// What outlives a frame.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub presence: Presence,
    pub away: u32,
    pub rival: u32,
    pub faded: u32,
    pub ever: bool,
    pub touched: u32,
    pub owners: Vec<Owner>,
}

/// What a frame gives.
#[derive(Clone, Debug)]
pub struct Divided {
    pub classes: Vec<Class>,
    pub mask: Mask,
}

#[derive(Clone, Debug, Default)]
struct Part {
    texels: Vec<usize>,
    low: usize,
    was: [usize; 4],
    at_side: bool,
}

impl Part {
    fn score(&self, height: usize) -> usize {
        let reach = 256 * self.low / height;
        self.texels.len() * reach / 256 * reach / 256
    }

    fn others(&self) -> usize {
        self.was[2] + self.was[3]
    }
}

fn parts(mask: &Mask, owners: &[Owner]) -> Vec<Part> {
    let (w, h) = (mask.width, mask.height);
    let mut seen = vec![false; w * h];
    let mut parts = Vec::new();
    for start in 0..w * h {
        let (mut part, mut next) = (Part::default(), vec![start]);
        while let Some(i) = next.pop() {
            if seen[i] || mask.data[i][0] < 0.25 {
                continue;
            }
            seen[i] = true;
            let (x, y) = (i % w, i / w);
            part.texels.push(i);
            part.low = part.low.max(y + 1);
            part.was[owners[i] as usize] += 1;
            part.at_side |= x == 0 || x + 1 == w || y == 0;
            next.extend(sides(i, w, h));
        }
        if !part.texels.is_empty() {
            parts.push(part);
        }
    }
    parts
}

fn sides(i: usize, w: usize, h: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (i % w, i / w);
    let sides = [(x > 0, -1), (x + 1 < w, 1), (y > 0, -(w as isize)), (y + 1 < h, w as isize)];
    sides.into_iter().filter(|side| side.0).map(move |side| i.wrapping_add_signed(side.1))
}

impl Kept {
    pub fn new(mask: &Mask) -> Self {
        Self { owners: vec![Owner::Nobody; mask.data.len()], ..Self::default() }
    }

    /// The first six numbers of the shader's memory.
    pub fn memory(&self) -> [u32; 6] {
        [self.presence as u32, self.away, self.rival, self.faded, self.ever.into(), self.touched]
    }

    /// A frame, so many milliseconds after the last; of more than a quarter of a second, a quarter counts.
    pub fn step(&mut self, mask: &Mask, guide: &Rgb, passed: u32, rule: &Rule) -> Divided {
        let passed = passed.min(250);
        let (w, h) = (mask.width, mask.height);
        let least = w * h / 300;
        let parts = parts(mask, &self.owners);
        let best = |key: &dyn Fn(&Part) -> usize, but: Option<usize>| {
            let ranked = (0..parts.len()).filter(|&n| Some(n) != but && key(&parts[n]) > 0);
            ranked.max_by_key(|&n| (key(&parts[n]), std::cmp::Reverse(parts[n].texels[0])))
        };
        // The part that is still the person, and the best of the others.
        let holds = |part: &Part| {
            let (kept, area) = (part.was[1], part.texels.len());
            let holds = match self.presence {
                Presence::Nobody => false,
                Presence::There => kept >= least.min(area / 4),
                Presence::Away => kept > part.others() && 4 * kept >= area,
            };
            if holds { kept } else { 0 }
        };
        let tracked = best(&holds, None);
        let big = |part: &Part| if part.texels.len() >= least.max(1) { 1 + part.score(h) } else { 0 };
        let rival = best(&big, tracked);

        let (mut person, mut changed, mut touching) = (tracked, false, false);
        self.faded = (self.faded + passed).min(rule.fade);
        self.touched = self.touched.saturating_sub(passed);
        let rivals = std::mem::take(&mut self.rival);
        let away = std::mem::take(&mut self.away);
        if let Some(now) = tracked {
            self.presence = Presence::There;
            match rival {
                Some(other) if 2 * parts[other].score(h) >= 3 * parts[now].score(h) => {
                    if rivals + passed < rule.patience {
                        self.rival = rivals + passed;
                    } else {
                        (person, changed, self.faded) = (rival, true, 0);
                    }
                }
                _ => {}
            }
            if !changed {
                if parts[now].others() >= 12 {
                    self.touched = rule.wary;
                }
                touching = self.touched > 0;
            }
        } else if self.presence != Presence::Nobody {
            self.away = away + passed;
            self.presence = if self.away > rule.hold { Presence::Nobody } else { Presence::Away };
        }
        if self.presence == Presence::Nobody && rival.is_some() {
            (person, self.presence) = (rival, Presence::There);
            self.faded = if self.ever { 0 } else { rule.fade };
            self.ever = true;
        }

        let is_remembered = |owner| self.presence == Presence::Away && owner == Owner::Kept;
        let mut classes: Vec<Class> = self
            .owners
            .iter()
            .map(|&owner| if is_remembered(owner) { Class::Remembered } else { Class::Of(Owner::Nobody) })
            .collect();
        for (n, part) in parts.iter().enumerate() {
            let class = match person {
                None => Class::Of(Owner::Other),
                Some(p) if p == n && touching => Class::Touching,
                Some(p) if p == n => Class::Of(Owner::Kept),
                Some(p) => Class::Of(self.beside(part, &parts[p], changed, rule, w)),
            };
            part.texels.iter().for_each(|&i| classes[i] = class);
        }
        let mask = self.divide(mask, guide, &classes, rule);
        Divided { classes, mask }
    }

    /// Whose a part is that is not the person's own.
    fn beside(&self, part: &Part, person: &Part, changed: bool, rule: &Rule, w: usize) -> Owner {
        let (area, [_, kept, other, former]) = (part.texels.len(), part.was);
        if changed && 2 * kept >= area {
            return Owner::Former;
        }
        if former > other && former > kept {
            return if self.faded < rule.fade { Owner::Former } else { Owner::Other };
        }
        if changed || other + former > kept {
            return Owner::Other;
        }
        let cell = |&i: &usize| ((i % w / 4) as isize, (i / w / 4) as isize);
        let theirs: std::collections::HashSet<_> = person.texels.iter().map(cell).collect();
        let is_near = part
            .texels
            .iter()
            .map(cell)
            .any(|(x, y)| (-3..=3).any(|dy| (-3..=3).any(|dx| theirs.contains(&(x + dx, y + dy)))));
        let is_small = 6 * area <= person.texels.len();
        let stays = if 2 * kept >= area { is_small || is_near } else { is_small && is_near && !part.at_side };
        if stays { Owner::Kept } else { Owner::Other }
    }

    /// Divides what touches, and weights the mask.
    fn divide(&mut self, mask: &Mask, guide: &Rgb, classes: &[Class], rule: &Rule) -> Mask {
        let (w, h) = (mask.width, mask.height);
        let ways = [Owner::Kept, Owner::Other].map(|whose| {
            let mut costs: Vec<u32> = (0..w * h)
                .map(|i| if self.is_certain(i, w, classes, whose, rule) { 0 } else { 255 })
                .collect();
            for _ in 0..4 {
                let before = costs.clone();
                for i in 0..w * h {
                    let step = if classes[i] == Class::Touching { None } else { Some(1) };
                    for from in sides(i, w, h) {
                        let cost = step.unwrap_or_else(|| 1 + edge(guide, from, i, w, h));
                        costs[i] = costs[i].min(before[from] + cost);
                    }
                }
            }
            costs
        });
        let is_reached = |i: usize| ways[0][i] <= 7 && ways[0][i] < ways[1][i].min(255);
        let is_wide = |i: usize| around(i, 1, w, h).all(|i| classes[i] == Class::Touching && !is_reached(i));
        let faded = f64::from(self.faded) / f64::from(rule.fade);
        let mut weights = vec![0.0; w * h];
        for i in 0..w * h {
            let is_nearer = is_reached(i);
            let is_others = ways[1][i] <= 7 && ways[1][i] <= ways[0][i];
            (self.owners[i], weights[i]) = match classes[i] {
                Class::Remembered => (Owner::Kept, 0.0),
                Class::Of(Owner::Nobody) if is_nearer => (Owner::Nobody, faded),
                Class::Of(Owner::Kept) => (Owner::Kept, faded),
                Class::Touching if is_nearer => (Owner::Kept, faded),
                Class::Touching if is_others || is_wide(i) => (Owner::Other, 0.0),
                Class::Touching => (Owner::Nobody, 0.0),
                Class::Of(Owner::Former) => (Owner::Former, 1.0 - faded),
                Class::Of(owner) => (owner, 0.0),
            };
        }
        Plane::from_fn(w, h, |x, y| [weights[y * w + x] * mask.at(x, y)[0]])
    }

    fn is_certain(&self, i: usize, w: usize, classes: &[Class], whose: Owner, rule: &Rule) -> bool {
        let is_theirs = |owner| (owner == Owner::Kept) == (whose == Owner::Kept);
        match classes[i] {
            Class::Of(Owner::Nobody) | Class::Remembered => false,
            Class::Of(owner) => is_theirs(owner),
            Class::Touching if self.owners[i] == Owner::Nobody || !is_theirs(self.owners[i]) => false,
            Class::Touching => {
                let h = self.owners.len() / w;
                let is_inner =
                    whose != Owner::Kept || around(i, 1, w, h).all(|i| self.owners[i] == Owner::Kept);
                is_inner
                    && around(i, rule.deep, w, h)
                        .all(|i| self.owners[i] == Owner::Nobody || is_theirs(self.owners[i]))
            }
        }
    }
}

/// The texels of a square around one, within the mask.
fn around(i: usize, reach: isize, w: usize, h: usize) -> impl Iterator<Item = usize> {
    let near =
        move |at: usize, n: usize| (at as isize - reach).max(0)..=(at as isize + reach).min(n as isize - 1);
    near(i / w, h).flat_map(move |y| near(i % w, w).map(move |x| y as usize * w + x as usize))
}

/// What crossing from one texel to the next costs besides the step, by the largest difference of 8-bit codes.
fn edge(guide: &Rgb, from: usize, to: usize, w: usize, h: usize) -> u32 {
    let code = |i: usize| {
        let rgb = guide.at(i % w * guide.width / w, i / w * guide.height / h);
        rgb.map(|v| (255.0 * v + 0.5).clamp(0.0, 255.0).floor() as u32)
    };
    let (a, b) = (code(from), code(to));
    let most = (0..3).map(|c| a[c].abs_diff(b[c])).max().unwrap_or(0);
    (most / 8).min(7)
}
