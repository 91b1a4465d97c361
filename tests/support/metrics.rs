//! How good a mask is, against exact coverage. Masks are row by row, 0..1; a person's pixel is one above ½.
//!
//! Distances are exact Euclidean ones (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions");
//! tools that chamfer, such as OpenCV's 5×5 mask, differ by up to 2 % of a distance.

use gpucam::Size;

/// Width of the band on either side of the true edge in which errors are judged, in pixels.
pub const BAND: f32 = 16.0;
/// How far from the true edge an edge pixel still counts as found, in pixels.
pub const FOUND: f32 = 2.0;

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

/// Mean |alpha error| within [`BAND`] of the true edge, as a fraction of full scale.
pub fn band_error(mask: &[f32], truth: &[f32], size: Size) -> f64 {
    let from_edge = signed_distance(truth, size);
    mean_error(mask, truth, |i| from_edge[i].abs() <= BAND)
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

/// Boundary F: harmonic mean of the parts of either edge that lie within [`FOUND`] of the other.
pub fn boundary_f(mask: &[f32], truth: &[f32], size: Size) -> f64 {
    let (mine, theirs) = (edge(mask, size), edge(truth, size));
    if !mine.contains(&true) {
        return 0.0;
    }
    let near = |edge: &[bool], other: &[bool]| {
        let distance = distance(other, size);
        let hits = edge.iter().zip(&distance).filter(|(e, d)| **e && **d <= FOUND).count();
        hits as f64 / edge.iter().filter(|e| **e).count() as f64
    };
    let (precision, recall) = (near(&mine, &theirs), near(&theirs, &mine));
    2.0 * precision * recall / (precision + recall + 1e-9)
}

/// The three figures by which masks are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// [`iou`].
    pub iou: f64,
    /// [`band_error`].
    pub band: f64,
    /// [`boundary_f`].
    pub f: f64,
}

/// All three.
pub fn score(mask: &[f32], truth: &[f32], size: Size) -> Score {
    Score { iou: iou(mask, truth), band: band_error(mask, truth, size), f: boundary_f(mask, truth, size) }
}

/// Mean |difference| of two pictures where `chosen` says so, over all three channels.
pub fn mean_colour_error(a: &[[f32; 3]], b: &[[f32; 3]], chosen: impl Fn(usize) -> bool) -> f64 {
    mean_error(a.as_flattened(), b.as_flattened(), |i| chosen(i / 3))
}

/// Error of a composite at the rim, within 8 pixels of the true edge.
pub fn rim_error(picture: &[[f32; 3]], ideal: &[[f32; 3]], truth: &[f32], size: Size) -> f64 {
    let from_edge = signed_distance(truth, size);
    mean_colour_error(picture, ideal, |i| from_edge[i].abs() <= 8.0)
}

/// Error of a blurred background in the ring around the person, up to 28 pixels outside, where the truth is all room.
pub fn ring_error(picture: &[[f32; 3]], ideal: &[[f32; 3]], truth: &[f32], size: Size) -> f64 {
    let from_edge = signed_distance(truth, size);
    mean_colour_error(picture, ideal, |i| truth[i] < 0.004 && from_edge[i] > -28.0)
}
