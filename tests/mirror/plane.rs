//! A picture of N float64 values a pixel, and the ways to read it.

use std::{array, thread};

/// `width` × `height` pixels, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane<const N: usize> {
    pub width: usize,
    pub height: usize,
    pub data: Vec<[f64; N]>,
}

/// One value a pixel: a person probability or alpha, 0..1.
pub type Mask = Plane<1>;
/// Gamma-coded R'G'B', 0..1 unless stated otherwise.
pub type Rgb = Plane<3>;
/// The guided filter's A (r, g, b) and Bc: q = A·I + Bc.
pub type Coefficients = Plane<4>;
/// R'G'B' times a weight, and the weight.
pub type Weighted = Plane<4>;

impl<const N: usize> Plane<N> {
    /// The value of every pixel (x, y), computed on two threads.
    pub fn from_fn(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [f64; N] + Sync) -> Self {
        let mut data = vec![[f64::NAN; N]; width * height];
        let half = height.div_ceil(2).max(1);
        thread::scope(|scope| {
            for (band, rows) in data.chunks_mut((half * width).max(1)).enumerate() {
                let pixel = &pixel;
                scope.spawn(move || {
                    for (i, value) in rows.iter_mut().enumerate() {
                        *value = pixel(i % width, band * half + i / width);
                    }
                });
            }
        });
        Self { width, height, data }
    }

    /// The same value everywhere.
    pub fn flat(width: usize, height: usize, value: [f64; N]) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// The pixel (x, y).
    pub fn at(&self, x: usize, y: usize) -> [f64; N] {
        self.data[y * self.width + x]
    }

    /// The pixel (x, y), or the nearest one inside.
    pub fn clamped(&self, x: isize, y: isize) -> [f64; N] {
        let inside = |i: isize, n: usize| i.clamp(0, n as isize - 1) as usize;
        self.at(inside(x, self.width), inside(y, self.height))
    }

    /// The value at (x, y) with pixel centres at integers: four loads, mixed along x, then along y.
    pub fn bilinear(&self, x: f64, y: f64) -> [f64; N] {
        let (left, top) = (x.floor(), y.floor());
        let (right, down) = (x - left, y - top);
        let (i, j) = (left as isize, top as isize);
        let (a, b) = (self.clamped(i, j), self.clamped(i + 1, j));
        let (c, d) = (self.clamped(i, j + 1), self.clamped(i + 1, j + 1));
        array::from_fn(|n| {
            let (upper, lower) = (a[n] + (b[n] - a[n]) * right, c[n] + (d[n] - c[n]) * right);
            upper + (lower - upper) * down
        })
    }

    /// The value at (x, y) of the quadratic B-spline over the pixels' centres, edges clamped: B(t) = 3/4 − t²
    /// within half a pixel of a centre, (3/2 − |t|)² / 2 within one and a half.
    pub fn spline(&self, x: f64, y: f64) -> [f64; N] {
        let weight =
            |t: f64| if t.abs() <= 0.5 { 0.75 - t * t } else { (1.5 - t.abs()).max(0.0).powi(2) / 2.0 };
        let mut sum = [0.0; N];
        for j in y.round() as isize - 1..=y.round() as isize + 1 {
            for i in x.round() as isize - 1..=x.round() as isize + 1 {
                let weight = weight(x - i as f64) * weight(y - j as f64);
                let v = self.clamped(i, j);
                sum = array::from_fn(|n| sum[n] + weight * v[n]);
            }
        }
        sum
    }

    /// The value at the centre of pixel (x, y) of a plane of `width` × `height` over the same area.
    pub fn sample_for(&self, x: usize, y: usize, width: usize, height: usize) -> [f64; N] {
        let coordinate = |i: usize, n: usize, own: usize| (i as f64 + 0.5) * own as f64 / n as f64 - 0.5;
        self.bilinear(coordinate(x, width, self.width), coordinate(y, height, self.height))
    }

    /// Each pixel through `f`.
    pub fn map<const M: usize>(&self, f: impl Fn([f64; N]) -> [f64; M]) -> Plane<M> {
        Plane { width: self.width, height: self.height, data: self.data.iter().map(|&v| f(v)).collect() }
    }

    /// Every value, pixel by pixel: what a GPU buffer is compared with.
    pub fn values(&self) -> &[f64] {
        self.data.as_flattened()
    }
}
