//! The guided solves at mask size: docs/PICTURE.md, steps 4 and 5; He, Sun, Tang, Guided Image Filtering
//! (2013), section 3.5.

use std::array;

use super::{
    mix,
    plane::{Coefficients, Mask, Plane, Rgb},
    smoothstep,
};

/// The result of one solve for a pixel's box: p ≈ a·I + b, and how much of p's variance that explains.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    pub a: [f64; 3],
    pub b: f64,
    /// R², 0..1.
    pub r2: f64,
}

/// An index, reflected at both ends with the end pixel repeated: −1 is 0, −2 is 1, n is n − 1.
pub fn reflected(i: isize, n: usize) -> usize {
    let i = i.rem_euclid(2 * n as isize) as usize;
    if i < n { i } else { 2 * n - 1 - i }
}

/// Mean over the (2r+1)² box around each pixel, edges reflected.
pub fn box_mean<const N: usize>(plane: &Plane<N>, r: isize) -> Plane<N> {
    let taps = (2 * r + 1) as f64;
    let mean = |pixel: &dyn Fn(isize) -> [f64; N]| {
        let mut sum = [0.0; N];
        for i in -r..=r {
            let v = pixel(i);
            sum = array::from_fn(|n| sum[n] + v[n]);
        }
        sum.map(|v| v / taps)
    };
    let (w, h) = (plane.width, plane.height);
    let across = Plane::from_fn(w, h, |x, y| mean(&|i| plane.at(reflected(x as isize + i, w), y)));
    Plane::from_fn(w, h, |x, y| mean(&|i| across.at(x, reflected(y as isize + i, h))))
}

/// (I, the six products of I, p, p·I, p²) of each pixel, for the box means.
fn moments(guide: &Rgb, p: &Mask) -> Plane<14> {
    Plane::from_fn(guide.width, guide.height, |x, y| {
        let ([r, g, b], [p]) = (guide.at(x, y), p.at(x, y));
        [r, g, b, r * r, r * g, r * b, g * g, g * b, b * b, p, p * r, p * g, p * b, p * p]
    })
}

/// The least squares solution from the box means: S a = cov(I, p), S = cov(I, I) + eps·Id, b = mean p −
/// a·mean I.
fn solve([r, g, b, rr, rg, rb, gg, gb, bb, p, pr, pg, pb, pp]: [f64; 14], eps: f64) -> Fit {
    let s = [
        [rr - r * r + eps, rg - r * g, rb - r * b],
        [rg - r * g, gg - g * g + eps, gb - g * b],
        [rb - r * b, gb - g * b, bb - b * b + eps],
    ];
    let cov = [pr - p * r, pg - p * g, pb - p * b];
    // Cramer's rule: column i of S replaced by cov, over S. eps keeps the determinant above eps³.
    let det = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = det(s);
    let a: [f64; 3] = array::from_fn(|i| {
        let mut replaced = s;
        for (row, c) in replaced.iter_mut().zip(cov) {
            row[i] = c;
        }
        det(replaced) / whole
    });
    let explained = a[0] * cov[0] + a[1] * cov[1] + a[2] * cov[2];
    let r2 = ((explained + 1e-4) / (pp - p * p + 1e-4)).clamp(0.0, 1.0);
    Fit { a, b: p - a[0] * r - a[1] * g - a[2] * b, r2 }
}

/// The fit at each pixel of the guide.
pub fn fits(guide: &Rgb, p: &Mask, r: isize, eps: f64) -> Vec<Fit> {
    box_mean(&moments(guide, p), r).data.iter().map(|&means| solve(means, eps)).collect()
}

/// Values from these on become 1 after the first solve, and after the second.
pub const TOPS: [f64; 2] = [0.72, 0.85];

/// Step 4 once: 11×11 boxes, eps 3e-5; the fit's q where R² is high, p elsewhere; and R².
fn fitted(guide: &Rgb, p: &Mask) -> Plane<2> {
    let fits = fits(guide, p, 5, 3e-5);
    Plane::from_fn(p.width, p.height, |x, y| {
        let (Fit { a, b, r2 }, i, [p]) = (fits[y * p.width + x], guide.at(x, y), p.at(x, y));
        let q = (a[0] * i[0] + a[1] * i[1] + a[2] * i[2] + b).clamp(0.0, 1.0);
        [mix(p, q, smoothstep(0.2, 0.6, r2)), r2]
    })
}

/// A 256th at either end counts as 0 and as 1.
fn saturated(p: &Mask) -> Mask {
    p.map(|[p]| [((p - 1.0 / 256.0) / (1.0 - 2.0 / 256.0)).clamp(0.0, 1.0)])
}

/// The fit, steepened by ss(.2, top) where R² is below 1.
pub fn sharpen(guide: &Rgb, p: &Mask, top: f64) -> Mask {
    fitted(guide, &saturated(p)).map(|[q, r2]| [mix(smoothstep(0.2, top, q), q, smoothstep(0.93, 1.0, r2))])
}

/// Steps 4 and 5 of the prototype (docs/PICTURE.md, "Steepening"): both solves steepened by ss(.2, .8), even
/// where R² is high.
pub fn prototype(guide: &Rgb, person: &Mask) -> Coefficients {
    let sharpen = |p: &Mask| fitted(guide, p).map(|[q, _]| [smoothstep(0.2, 0.8, q)]);
    guided_coefficients(guide, &sharpen(&sharpen(person)))
}

/// Step 5: 3×3 boxes, eps 1e-4; the coefficients where R² is high, the constant p elsewhere.
pub fn coefficients(guide: &Rgb, p: &Mask) -> Coefficients {
    guided_coefficients(guide, &saturated(p))
}

fn guided_coefficients(guide: &Rgb, p: &Mask) -> Coefficients {
    let fits = fits(guide, p, 1, 1e-4);
    Plane::from_fn(p.width, p.height, |x, y| {
        let (Fit { a, b, r2 }, [p]) = (fits[y * p.width + x], p.at(x, y));
        let c = smoothstep(0.5, 0.9, r2);
        [c * a[0], c * a[1], c * a[2], c * b + (1.0 - c) * p]
    })
}

/// Steps 4 (twice) and 5: guide and person probability at mask size, coefficients at mask size.
pub fn refine(guide: &Rgb, person: &Mask) -> Coefficients {
    coefficients(guide, &sharpen(guide, &sharpen(guide, person, TOPS[0]), TOPS[1]))
}
