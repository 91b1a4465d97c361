//! Float images on the CPU, with the filters that other programs' chains use.

use crate::{Colorimetry, Size, Yuyv};

/// An image with `N` values per pixel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatImage<const N: usize> {
    /// Size in pixels.
    pub size: Size,
    /// `size.area()` pixels.
    pub pixels: Vec<[f32; N]>,
}

/// How a filter extends the image beyond its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Repeats the edge pixel: `a a | a b c`.
    Replicate,
    /// Mirrors about the edge pixel, OpenCV's default: `c b | a b c`.
    Reflect,
}

impl Border {
    fn index(self, i: i64, n: i64) -> usize {
        let inside = match self {
            Self::Replicate => i,
            Self::Reflect if i < 0 => -i,
            Self::Reflect if i >= n => 2 * (n - 1) - i,
            Self::Reflect => i,
        };
        inside.clamp(0, n - 1) as usize
    }
}

impl FloatImage<1> {
    /// An image of mask values.
    pub fn from_mask(size: Size, mask: &[f32]) -> Self {
        assert_eq!(mask.len(), size.area());
        Self { size, pixels: mask.iter().map(|&v| [v]).collect() }
    }

    /// The values of the mask.
    pub fn into_mask(self) -> Vec<f32> {
        self.pixels.into_flattened()
    }
}

impl FloatImage<3> {
    /// Converts YUYV to gamma-coded R'G'B' 0..1.
    pub fn from_yuyv(yuyv: &Yuyv, colorimetry: Colorimetry) -> Self {
        let pixels = yuyv.bytes.chunks_exact(4).flat_map(|word| {
            let [a, cb, b, cr] = [word[0], word[1], word[2], word[3]];
            [a, b].map(|y| colorimetry.rgb(y, cb, cr).map(|v| v.clamp(0.0, 1.0) as f32))
        });
        Self { size: yuyv.size, pixels: pixels.collect() }
    }
}

impl<const N: usize> FloatImage<N> {
    /// Computes every pixel from its coordinates.
    pub fn from_fn(size: Size, mut pixel: impl FnMut(usize, usize) -> [f32; N]) -> Self {
        let (width, height) = (size.width as usize, size.height as usize);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { size, pixels: pixels.map(|(x, y)| pixel(x, y)).collect() }
    }

    /// Applies `f` to every pixel.
    pub fn map<const M: usize>(&self, f: impl Fn([f32; N]) -> [f32; M]) -> FloatImage<M> {
        FloatImage { size: self.size, pixels: self.pixels.iter().map(|&v| f(v)).collect() }
    }

    /// Combines every pixel with that of another image of the same size.
    pub fn zip<const M: usize, const K: usize>(
        &self,
        other: &FloatImage<M>,
        f: impl Fn([f32; N], [f32; M]) -> [f32; K],
    ) -> FloatImage<K> {
        assert_eq!(self.size, other.size);
        let pixels = self.pixels.iter().zip(&other.pixels).map(|(&a, &b)| f(a, b));
        FloatImage { size: self.size, pixels: pixels.collect() }
    }

    /// Resizes bilinearly: pixel centres at halves, edges replicated.
    pub fn resized(&self, size: Size) -> Self {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let places = |to: u32, from: usize| -> Vec<(usize, usize, f32)> {
            let place = |i: u32| {
                let at = (f64::from(i) + 0.5) * from as f64 / f64::from(to) - 0.5;
                let low = at.floor();
                let inside = |v: f64| v.clamp(0.0, from as f64 - 1.0) as usize;
                (inside(low), inside(low + 1.0), (at - low) as f32)
            };
            (0..to).map(place).collect()
        };
        let (columns, rows) = (places(size.width, width), places(size.height, height));
        let mix = |a: [f32; N], b: [f32; N], t: f32| std::array::from_fn(|c| a[c] + (b[c] - a[c]) * t);
        Self::from_fn(size, |x, y| {
            let ((left, right, u), (top, low, v)) = (columns[x], rows[y]);
            let at = |x: usize, y: usize| self.pixels[y * width + x];
            mix(mix(at(left, top), at(right, top), u), mix(at(left, low), at(right, low), u), v)
        })
    }

    /// Enlarges to `size` with a quadratic B-spline, each texel covering `side` × `side` pixels, edges
    /// replicated. The pass [`crate::passes::composite`] samples the background like this.
    pub fn splined(&self, side: u32, size: Size) -> Self {
        let taps = |to: u32, from: u32| -> Vec<([usize; 3], [f32; 3])> {
            let tap = |i: u32| {
                let texel = i64::from(i / side);
                let near = [-1, 0, 1].map(|d| (texel + d).clamp(0, i64::from(from) - 1) as usize);
                let t = ((i % side) as f32 + 0.5) / side as f32 - 0.5;
                (near, [(0.5 - t).powi(2) / 2.0, 0.75 - t * t, (0.5 + t).powi(2) / 2.0])
            };
            (0..to).map(tap).collect()
        };
        let (columns, rows) = (taps(size.width, self.size.width), taps(size.height, self.size.height));
        Self::from_fn(size, |x, y| {
            let ((xs, across), (ys, down)) = (columns[x], rows[y]);
            let mut sum = [0.0; N];
            for (row, v) in ys.into_iter().zip(down) {
                for (column, u) in xs.into_iter().zip(across) {
                    let texel = self.pixels[row * self.size.width as usize + column];
                    sum = std::array::from_fn(|c| sum[c] + u * v * texel[c]);
                }
            }
            sum
        })
    }

    /// Correlates with `taps` along x or y; tap `anchor` lies on the pixel itself.
    pub fn filtered(&self, taps: &[f32], anchor: usize, along_x: bool, border: Border) -> Self {
        let (width, height) = (self.size.width as i64, self.size.height as i64);
        Self::from_fn(self.size, |x, y| {
            let mut sum = [0.0; N];
            for (i, tap) in taps.iter().enumerate() {
                let off = i as i64 - anchor as i64;
                let (x, y) = match along_x {
                    true => (border.index(x as i64 + off, width), y),
                    false => (x, border.index(y as i64 + off, height)),
                };
                let from = self.pixels[y * width as usize + x];
                sum = std::array::from_fn(|c| sum[c] + tap * from[c]);
            }
            sum
        })
    }

    /// Filters along x and y with the same odd number of taps, as OpenCV does.
    pub fn smoothed(&self, taps: &[f32]) -> Self {
        let anchor = taps.len() / 2;
        self.filtered(taps, anchor, true, Border::Reflect).filtered(taps, anchor, false, Border::Reflect)
    }

    /// OpenCV's `blur`: the mean of `side` × `side` pixels, the anchor at `side / 2`.
    pub fn boxed(&self, side: usize) -> Self {
        self.smoothed(&vec![1.0 / side as f32; side])
    }

    /// The maximum of (2 `radius` + 1)² pixels; pixels beyond the edge do not count.
    pub fn dilated(&self, radius: i64) -> Self {
        let (width, height) = (self.size.width as i64, self.size.height as i64);
        let largest = |from: &Self, dx: i64, dy: i64| {
            Self::from_fn(self.size, |x, y| {
                (-radius..=radius).fold([f32::NEG_INFINITY; N], |most, i| {
                    let x = Border::Replicate.index(x as i64 + dx * i, width);
                    let y = Border::Replicate.index(y as i64 + dy * i, height);
                    let value = from.pixels[y * width as usize + x];
                    std::array::from_fn(|c| most[c].max(value[c]))
                })
            })
        };
        largest(&largest(self, 1, 0), 0, 1)
    }
}
