//! Lens and sensor: blur, movement, noise.

use super::{
    raster::{CoverageLayer, Point},
    rng::{Rng, exp, sin_cos},
    rows::make_rows,
};

/// Normalised taps of a Gaussian from the centre outwards, truncated at 4 σ.
fn gaussian(sigma: f32) -> Vec<f32> {
    let radius = (4.0 * sigma).round() as usize;
    let taps: Vec<f32> = (0..=radius).map(|i| exp(-0.5 * (i * i) as f32 / (sigma * sigma))).collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f32>();
    taps.iter().map(|t| t / sum).collect()
}

/// Gaussian blur with `sigma` in dots. Edge dots are replicated outside.
pub(super) fn blur(layer: &CoverageLayer, sigma: f32) -> CoverageLayer {
    let (width, height) = (layer.width, layer.height);
    let taps = gaussian(sigma);
    let radius = taps.len() - 1;
    let add = |sum: &mut [f32; 4], dot: &[f32; 4], tap: f32| {
        for (s, d) in sum.iter_mut().zip(dot) {
            *s += d * tap;
        }
    };
    let tap = |i: usize| taps[i.abs_diff(radius)];
    let across = make_rows(width, height, [0.0; 4], |y, out| {
        let row = &layer.dots[y * width..][..width];
        let padded: Vec<[f32; 4]> = std::iter::repeat_n(row[0], radius)
            .chain(row.iter().copied())
            .chain(std::iter::repeat_n(row[width - 1], radius))
            .collect();
        for i in 0..=2 * radius {
            let tap = tap(i);
            out.iter_mut().zip(&padded[i..]).for_each(|(sum, dot)| add(sum, dot, tap));
        }
    });
    let dots = make_rows(width, height, [0.0; 4], |y, out| {
        for i in 0..=2 * radius {
            let from = (y + i).saturating_sub(radius).min(height - 1);
            let (row, tap) = (&across[from * width..][..width], tap(i));
            out.iter_mut().zip(row).for_each(|(sum, dot)| add(sum, dot, tap));
        }
    });
    CoverageLayer { dots, ..*layer }
}

/// Maps pixels of the frame to dots of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine {
    /// Step in dots, right and down, per pixel to the right.
    along: Point,
    /// The dot at the centre of the first pixel.
    origin: Point,
}

impl Affine {
    /// Maps with `ratio` dots per pixel. The layer is rotated clockwise by `angle` (radians) about the dot
    /// position `pivot`, which appears at `at` in the frame. Positions count from the corner of the picture,
    /// not from a pixel centre.
    pub(super) fn new(ratio: f32, angle: f32, pivot: Point, at: Point) -> Self {
        let (sin, cos) = sin_cos(angle);
        let along = (ratio * cos, -ratio * sin);
        let (x, y) = (0.5 - at.0, 0.5 - at.1);
        let origin = (pivot.0 + along.0 * x - along.1 * y - 0.5, pivot.1 + along.1 * x + along.0 * y - 0.5);
        Self { along, origin }
    }

    /// The dot position at the centre of pixel (x, y).
    fn dot(&self, x: usize, y: usize) -> Point {
        let ((a, b), (x, y)) = (self.along, (x as f32, y as f32));
        (self.origin.0 + a * x - b * y, self.origin.1 + b * x + a * y)
    }
}

/// The layer in the frame, averaged over `poses`, its positions while the shutter is open. Transparent
/// outside the layer.
pub(super) fn project(layer: &CoverageLayer, width: usize, height: usize, poses: &[Affine]) -> Vec<[f32; 4]> {
    let share = 1.0 / poses.len() as f32;
    make_rows(width, height, [0.0; 4], |y, row| {
        for pose in poses {
            for (x, pixel) in row.iter_mut().enumerate() {
                let (u, v) = pose.dot(x, y);
                if u > -1.0 && v > -1.0 && u < layer.width as f32 && v < layer.height as f32 {
                    for (sum, dot) in pixel.iter_mut().zip(layer.sample(u, v)) {
                        *sum += share * dot;
                    }
                }
            }
        }
    })
}

/// Adds sensor noise, which grows with light and is correlated between neighbours, as after demosaicing.
///
/// `noise` is the standard deviation at half of full light in 8-bit codes. `gain` is the exposure of `clean`:
/// the noise of a dark picture is computed as if it were fully exposed.
pub(super) fn expose(clean: &[[f32; 3]], width: usize, noise: f32, gain: f32, rng: &Rng) -> Vec<[f32; 3]> {
    let height = clean.len() / width;
    let noises = |y: usize| -> Vec<[f32; 3]> {
        let start = (y * width) as u64;
        (start..start + width as u64).map(|i| rng.noise_at(i)).collect()
    };
    make_rows(width, height, [0.0; 3], |y, row| {
        let (here, below) = (noises(y), noises(y + 1));
        for (x, (seen, clean)) in row.iter_mut().zip(&clean[y * width..]).enumerate() {
            let left = here[x.saturating_sub(1)];
            for c in 0..3 {
                let shared = here[x][c] + 0.5 * (left[c] + below[x][c]);
                let light = (clean[c] / gain).clamp(0.0, 1.0);
                // The variances of the three terms, 1 + ¼ + ¼, add up to 1.5.
                let deviation = noise / 255.0 * ((0.4 + 1.2 * light) / 1.5).sqrt();
                seen[c] = (clean[c] + deviation * shared).clamp(0.0, 1.0);
            }
        }
    })
}
