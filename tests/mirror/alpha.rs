//! Alpha at the frame's size, stored as 16-bit unorm: guided, plain, or by Volcomix's joint bilateral filter.

use std::array;

use super::{
    plane::{Coefficients, Mask, Plane, Rgb},
    smoothstep,
    store::{unorm8, unorm16},
};

/// The 3×3 binomial, [1 2 1]/4 along both axes.
pub fn binomial(frame: &Rgb) -> Rgb {
    let smooth = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| array::from_fn(|n| (a[n] + 2.0 * b[n] + c[n]) / 4.0);
    let (w, h) = (frame.width, frame.height);
    let across = Plane::from_fn(w, h, |x, y| {
        let at = |i| frame.clamped(x as isize + i, y as isize);
        smooth(at(-1), at(0), at(1))
    });
    Plane::from_fn(w, h, |x, y| {
        let at = |i| across.clamped(x as isize, y as isize + i);
        smooth(at(-1), at(0), at(1))
    })
}

/// docs/PICTURE.md, step 6: q = A·I' + Bc, alpha = ss(0, 1, q).
///
/// Neither `frame` nor I' is clamped, as with the guide, so that a linear function of R'G'B' is one of the
/// codes.
pub fn guided(frame: &Rgb, coefficients: &Coefficients) -> Mask {
    let smooth = binomial(frame);
    Plane::from_fn(frame.width, frame.height, |x, y| {
        let i = smooth.at(x, y);
        let c = coefficients.sample_for(x, y, frame.width, frame.height);
        let q = c[0] * i[0] + c[1] * i[1] + c[2] * i[2] + c[3];
        [unorm16(smoothstep(0.0, 1.0, q))]
    })
}

/// The person probability itself, bilinear.
pub fn plain(person: &Mask, width: usize, height: usize) -> Mask {
    Plane::from_fn(width, height, |x, y| [unorm16(person.sample_for(x, y, width, height)[0])])
}

/// Offsets of the joint bilateral filter's taps along one axis, in frame pixels, from the size `s` of a mask
/// pixel in frame pixels.
pub fn taps(s: f64) -> Vec<f64> {
    let step = (0.66 * s.sqrt()).max(1.0);
    let first = if step > 1.0 { -s + step / 2.0 } else { -s };
    (0..).map(|i| first + f64::from(i) * step).take_while(|&t| t < s + 1e-6).collect()
}

/// Volcomix's joint bilateral filter: σ of 1 mask pixel in space, 0.1 in colour, coverage 0.5..0.75.
///
/// The result is stored in 16 bits.
pub fn bilateral(frame: &Rgb, person: &Mask) -> Mask {
    joint_bilateral(frame, person).map(|[m]| [unorm16(smoothstep(0.5, 0.75, m))])
}

/// The filter alone, before coverage.
///
/// True to its flaws: an 8-bit mask, nearest fetches, no tap in the centre, distances in (anisotropic) uv. In
/// the chain `person` has the mask's size, which is the model's own for a 256×144 model but not for
/// meet-lite's 160×96.
pub fn joint_bilateral(frame: &Rgb, person: &Mask) -> Mask {
    let (w, h) = (frame.width as f64, frame.height as f64);
    let (mask_w, mask_h) = (person.width as f64, person.height as f64);
    let mask = person.map(|[p]| [unorm8(p)]);
    let s = (w / mask_w).max(h / mask_h);
    let sigma = (1.0 / w).max(1.0 / h) * s;
    let weight = |square: f64, sigma: f64| (-0.5 * square / (4.0 * sigma * sigma + 1e-6)).exp();
    let taps = taps(s);
    let mut grid = Vec::new();
    for &dy in &taps {
        for &dx in &taps {
            grid.push((dx, dy, weight((dx / w).powi(2) + (dy / h).powi(2), sigma)));
        }
    }
    Plane::from_fn(frame.width, frame.height, |x, y| {
        let centre = frame.at(x, y);
        let (mut sum, mut total) = (0.0, 0.0);
        for &(dx, dy, space) in &grid {
            let (fx, fy) = (x as f64 + 0.5 + dx, y as f64 + 0.5 + dy);
            let i = frame.clamped(fx.floor() as isize, fy.floor() as isize);
            let [m] = mask.clamped((fx * mask_w / w).floor() as isize, (fy * mask_h / h).floor() as isize);
            let (r, g, b) = (i[0] - centre[0], i[1] - centre[1], i[2] - centre[2]);
            let both = space * weight(r * r + g * g + b * b, 0.1);
            sum += both * m;
            total += both;
        }
        [sum / total]
    })
}
