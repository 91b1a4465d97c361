//! Mask quality against exact coverage. Masks hold 0..1, row by row; a pixel above ½ belongs to the person.
//!
//! Distances are exactly Euclidean (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled
//! functions"). Chamfer distances, such as OpenCV's with a 5×5 mask, differ by up to 2 %.

use crate::Size;

/// Half width in pixels of the band around the true edge in which alpha errors are scored.
pub const BAND: f32 = 16.0;
/// Largest distance in pixels at which an edge pixel matches the other edge.
pub const FOUND: f32 = 2.0;
/// Half width in pixels of the rim around the true edge in which composites are scored.
pub const RIM: f32 = 8.0;
/// Width in pixels of the ring outside the true edge in which blurred backgrounds are scored.
pub const RING: f32 = 28.0;

fn person(mask: &[f32]) -> Vec<bool> {
    mask.iter().map(|&a| a > 0.5).collect()
}

/// Distance in pixels from each pixel to the nearest marked one; infinite if none is marked.
pub fn distance(marked: &[bool], size: Size) -> Vec<f32> {
    let (width, height) = (size.width as usize, size.height as usize);
    assert_eq!(marked.len(), width * height);
    let mut squares: Vec<f64> = marked.iter().map(|&m| if m { 0.0 } else { f64::INFINITY }).collect();
    for x in 0..width {
        let column: Vec<f64> = (0..height).map(|y| squares[y * width + x]).collect();
        for (y, value) in lower_envelope(&column).into_iter().enumerate() {
            squares[y * width + x] = value;
        }
    }
    squares.chunks_mut(width).for_each(|row| row.copy_from_slice(&lower_envelope(row)));
    squares.into_iter().map(|s| s.sqrt() as f32).collect()
}

/// min over q of (p − q)² + f(q) for each p: the lower envelope of parabolas.
fn lower_envelope(f: &[f64]) -> Vec<f64> {
    // The parabolas of the envelope, each with the position from which it is the lowest.
    let mut envelope: Vec<(usize, f64)> = Vec::new();
    for (q, height) in f.iter().enumerate().filter(|(_, height)| height.is_finite()) {
        let rise = |q: usize, height: f64| height + (q * q) as f64;
        let from = loop {
            let Some(&(last, from)) = envelope.last() else { break f64::NEG_INFINITY };
            let meet = (rise(q, *height) - rise(last, f[last])) / (2 * (q - last)) as f64;
            if meet > from {
                break meet;
            }
            envelope.pop();
        };
        envelope.push((q, from));
    }
    let mut at = 0;
    let value = |p: usize| {
        while envelope.get(at + 1).is_some_and(|(_, from)| *from < p as f64) {
            at += 1;
        }
        envelope.get(at).map_or(f64::INFINITY, |&(q, _)| f[q] + (p.abs_diff(q) as f64).powi(2))
    };
    (0..f.len()).map(value).collect()
}

/// Distance from the centre of each pixel to the edge of the person, positive inside.
pub fn signed_distance(truth: &[f32], size: Size) -> Vec<f32> {
    let inside = person(truth);
    let outside: Vec<bool> = inside.iter().map(|i| !i).collect();
    let (to_out, to_in) = (distance(&outside, size), distance(&inside, size));
    let sign = |i: usize| if inside[i] { to_out[i] - 0.5 } else { 0.5 - to_in[i] };
    (0..truth.len()).map(sign).collect()
}

/// Intersection over union of the person pixels.
pub fn iou(mask: &[f32], truth: &[f32]) -> f64 {
    let pairs = || mask.iter().zip(truth).map(|(m, t)| (*m > 0.5, *t > 0.5));
    let both = pairs().filter(|(m, t)| *m && *t).count();
    both as f64 / pairs().filter(|(m, t)| *m || *t).count() as f64
}

/// Mean of |mask − truth| over the pixels that `chosen` selects; NaN, which fails every comparison, if there
/// are none.
pub fn mean_error(mask: &[f32], truth: &[f32], chosen: impl Fn(usize) -> bool) -> f64 {
    assert_eq!(mask.len(), truth.len());
    let errors = (0..mask.len()).filter(|&i| chosen(i)).map(|i| f64::from(mask[i] - truth[i]).abs());
    let (count, sum) = errors.fold((0, 0.0), |(n, sum), error| (n + 1, sum + error));
    sum / f64::from(count)
}

/// Person pixels with a background pixel among their eight neighbours. Pixels outside the picture do not
/// count.
pub fn edge(mask: &[f32], size: Size) -> Vec<bool> {
    let (width, height) = (size.width as i64, size.height as i64);
    let inside = person(mask);
    let at = |x: i64, y: i64| x < 0 || y < 0 || x >= width || y >= height || inside[(y * width + x) as usize];
    let all_inside = |x, y| (-1..=1).all(|dy| (-1..=1).all(|dx| at(x + dx, y + dy)));
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    pixels.map(|(x, y)| at(x, y) && !all_inside(x, y)).collect()
}

/// Exact coverage, with the quantities that all scores derive from it.
#[derive(Clone, Debug)]
pub struct GroundTruth {
    /// Size of the picture.
    pub size: Size,
    /// Coverage 0..1, row by row.
    pub alpha: Vec<f32>,
    /// [`signed_distance`] of the coverage.
    pub from_edge: Vec<f32>,
    edge: Vec<bool>,
    to_edge: Vec<f32>,
}

/// The scores of a mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// [`iou`].
    pub iou: f64,
    /// Mean |alpha error| over the whole picture, as a fraction of full scale.
    pub error: f64,
    /// Mean |alpha error| within [`BAND`] of the true edge, as a fraction of full scale.
    pub band: f64,
    /// Boundary F: harmonic mean of the fractions of each edge within [`FOUND`] of the other (precision and
    /// recall).
    pub f: f64,
}

impl GroundTruth {
    /// Derives edges and distances from the coverage.
    pub fn new(alpha: Vec<f32>, size: Size) -> Self {
        let edge = edge(&alpha, size);
        let (from_edge, to_edge) = (signed_distance(&alpha, size), distance(&edge, size));
        Self { size, alpha, from_edge, edge, to_edge }
    }

    /// Whether pixel `i` lies within [`BAND`] of the edge.
    pub fn in_band(&self, i: usize) -> bool {
        self.from_edge[i].abs() <= BAND
    }

    /// Whether pixel `i` lies within [`RIM`] of the edge.
    pub fn in_rim(&self, i: usize) -> bool {
        self.from_edge[i].abs() <= RIM
    }

    /// Whether pixel `i` is pure background within [`RING`] of the edge.
    pub fn in_ring(&self, i: usize) -> bool {
        self.alpha[i] < 0.004 && self.from_edge[i] > -RING
    }

    /// All scores of a mask.
    pub fn score(&self, mask: &[f32]) -> Score {
        Score {
            iou: iou(mask, &self.alpha),
            error: mean_error(mask, &self.alpha, |_| true),
            band: mean_error(mask, &self.alpha, |i| self.in_band(i)),
            f: self.boundary_f(mask),
        }
    }

    fn boundary_f(&self, mask: &[f32]) -> f64 {
        let mine = edge(mask, self.size);
        if !mine.contains(&true) {
            return 0.0;
        }
        let near = |edge: &[bool], distance: &[f32]| {
            let hits = edge.iter().zip(distance).filter(|(e, d)| **e && **d <= FOUND).count();
            hits as f64 / edge.iter().filter(|e| **e).count() as f64
        };
        let precision = near(&mine, &self.to_edge);
        let recall = near(&self.edge, &distance(&mine, self.size));
        2.0 * precision * recall / (precision + recall + 1e-9)
    }
}

/// All scores of a mask, for a ground truth that is used once.
pub fn score(mask: &[f32], truth: &[f32], size: Size) -> Score {
    GroundTruth::new(truth.to_vec(), size).score(mask)
}

/// Mean |difference| of two pictures over all three channels of the pixels that `chosen` selects.
pub fn mean_colour_error(a: &[[f32; 3]], b: &[[f32; 3]], chosen: impl Fn(usize) -> bool) -> f64 {
    mean_error(a.as_flattened(), b.as_flattened(), |i| chosen(i / 3))
}
