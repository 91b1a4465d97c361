//! How good a mask is, against exact coverage. Masks are row by row, 0..1; a person's pixel is one above ½.
//!
//! Distances are exact Euclidean ones (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions");
//! tools that chamfer, such as OpenCV's 5×5 mask, differ by up to 2 % of a distance.

use crate::Size;

/// Width of the band on either side of the true edge in which errors are judged, in pixels.
pub const BAND: f32 = 16.0;
/// How far from the true edge an edge pixel still counts as found, in pixels.
pub const FOUND: f32 = 2.0;
/// Width of the rim on either side of the true edge in which composites are judged, in pixels.
pub const RIM: f32 = 8.0;
/// Width of the ring outside the true edge in which blurred rooms are judged, in pixels.
pub const RING: f32 = 28.0;

fn person(mask: &[f32]) -> Vec<bool> {
    mask.iter().map(|&a| a > 0.5).collect()
}

/// Distance in pixels from each pixel to the nearest marked one; infinite where none is marked.
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

/// min over q of (p − q)² + f(q), for each p: the lower envelope of parabolas.
fn lower_envelope(f: &[f64]) -> Vec<f64> {
    // The parabolas of the envelope, each with the place from which it is the lowest.
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

/// Distance from each pixel's centre to the edge of the person, positive inside.
pub fn signed_distance(truth: &[f32], size: Size) -> Vec<f32> {
    let inside = person(truth);
    let outside: Vec<bool> = inside.iter().map(|i| !i).collect();
    let (to_out, to_in) = (distance(&outside, size), distance(&inside, size));
    let sign = |i: usize| if inside[i] { to_out[i] - 0.5 } else { 0.5 - to_in[i] };
    (0..truth.len()).map(sign).collect()
}

/// Person pixels in both, over those in either.
pub fn iou(mask: &[f32], truth: &[f32]) -> f64 {
    let pairs = || mask.iter().zip(truth).map(|(m, t)| (*m > 0.5, *t > 0.5));
    let both = pairs().filter(|(m, t)| *m && *t).count();
    both as f64 / pairs().filter(|(m, t)| *m || *t).count() as f64
}

/// Mean of |mask − truth| where `chosen` says so. NaN over nothing, which fails every comparison.
pub fn mean_error(mask: &[f32], truth: &[f32], chosen: impl Fn(usize) -> bool) -> f64 {
    assert_eq!(mask.len(), truth.len());
    let errors = (0..mask.len()).filter(|&i| chosen(i)).map(|i| f64::from(mask[i] - truth[i]).abs());
    let (count, sum) = errors.fold((0, 0.0), |(n, sum), error| (n + 1, sum + error));
    sum / f64::from(count)
}

/// Person pixels with a pixel of the room among their eight neighbours. Beyond the picture is neither.
pub fn edge(mask: &[f32], size: Size) -> Vec<bool> {
    let (width, height) = (size.width as i64, size.height as i64);
    let inside = person(mask);
    let at = |x: i64, y: i64| x < 0 || y < 0 || x >= width || y >= height || inside[(y * width + x) as usize];
    let all_inside = |x, y| (-1..=1).all(|dy| (-1..=1).all(|dx| at(x + dx, y + dy)));
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    pixels.map(|(x, y)| at(x, y) && !all_inside(x, y)).collect()
}

/// Exact coverage, with what every figure needs of it.
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

/// The figures by which masks are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// [`iou`].
    pub iou: f64,
    /// Mean |alpha error| of the whole picture, as a share of full scale.
    pub error: f64,
    /// Mean |alpha error| within [`BAND`] of the true edge, as a share of full scale.
    pub band: f64,
    /// Boundary F: harmonic mean of the parts of either edge that lie within [`FOUND`] of the other.
    pub f: f64,
}

impl GroundTruth {
    /// Measures the coverage once.
    pub fn new(alpha: Vec<f32>, size: Size) -> Self {
        let edge = edge(&alpha, size);
        let (from_edge, to_edge) = (signed_distance(&alpha, size), distance(&edge, size));
        Self { size, alpha, from_edge, edge, to_edge }
    }

    /// Whether pixel `i` lies within [`BAND`] of the edge.
    pub fn in_band(&self, i: usize) -> bool {
        self.from_edge[i].abs() <= BAND
    }

    /// Whether pixel `i` lies in the rim, where a composite's errors are judged.
    pub fn in_rim(&self, i: usize) -> bool {
        self.from_edge[i].abs() <= RIM
    }

    /// Whether pixel `i` lies in the ring around the person, where a blurred room's errors are judged: all room.
    pub fn in_ring(&self, i: usize) -> bool {
        self.alpha[i] < 0.004 && self.from_edge[i] > -RING
    }

    /// Every figure of a mask.
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

/// Every figure of a mask, where a truth is looked at once.
pub fn score(mask: &[f32], truth: &[f32], size: Size) -> Score {
    GroundTruth::new(truth.to_vec(), size).score(mask)
}

/// Mean |difference| of two pictures where `chosen` says so, over all three channels.
pub fn mean_colour_error(a: &[[f32; 3]], b: &[[f32; 3]], chosen: impl Fn(usize) -> bool) -> f64 {
    mean_error(a.as_flattened(), b.as_flattened(), |i| chosen(i / 3))
}
