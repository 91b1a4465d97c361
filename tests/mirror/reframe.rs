//! The camera's picture, turned, cropped and scaled.
//!
//! Turning moves pixels, one turn after the other; scaling takes two weighted sums, by Catmull-Rom's spline
//! (Keys 1981, "Cubic convolution interpolation for digital image processing", a = −½) and the box filter.

use gpucam::internals::{
    Size,
    frame::geometry::{Geometry, Rotate},
};

use super::plane::{Mask, Plane};

/// Y', Cb, Cr of every pixel, codes 0..255; both pixels of a pair have its chroma.
pub type Codes = Plane<3>;

/// YUYV as pixels.
pub fn unpack(bytes: &[u8], size: Size) -> Codes {
    let (width, height) = (size.width as usize, size.height as usize);
    Plane::from_fn(width, height, |x, y| {
        let pair = &bytes[2 * (y * width + x - x % 2)..][..4];
        [pair[2 * (x % 2)], pair[1], pair[3]].map(f64::from)
    })
}

/// Pixels as YUYV: a pair has the mean chroma of its two, rounded, halves upwards.
pub fn pack(codes: &Codes) -> Vec<u8> {
    let code = |v: f64| (v + 0.5).floor().clamp(0.0, 255.0) as u8;
    let word = |pair: &[[f64; 3]]| {
        let [a, b] = [pair[0], pair[1]];
        [a[0], (a[1] + b[1]) / 2.0, b[0], (a[2] + b[2]) / 2.0].map(code)
    };
    codes.data.chunks_exact(2).flat_map(word).collect()
}

/// A quarter turn clockwise: the left column becomes the top row.
fn quarter<const N: usize>(picture: &Plane<N>) -> Plane<N> {
    Plane::from_fn(picture.height, picture.width, |x, y| picture.at(y, picture.height - 1 - x))
}

fn mirrored<const N: usize>(picture: &Plane<N>) -> Plane<N> {
    Plane::from_fn(picture.width, picture.height, |x, y| picture.at(picture.width - 1 - x, y))
}

fn flipped<const N: usize>(picture: &Plane<N>) -> Plane<N> {
    Plane::from_fn(picture.width, picture.height, |x, y| picture.at(x, picture.height - 1 - y))
}

/// Clockwise by quarters, then mirrored, then flipped.
pub fn turned<const N: usize>(picture: &Plane<N>, geometry: &Geometry) -> Plane<N> {
    let quarters = match geometry.rotate {
        Rotate::No => 0,
        Rotate::Quarter => 1,
        Rotate::Half => 2,
        Rotate::ThreeQuarters => 3,
    };
    let mut picture = (0..quarters).fold(picture.clone(), |picture, _| quarter(&picture));
    if geometry.mirror {
        picture = mirrored(&picture);
    }
    if geometry.flip {
        picture = flipped(&picture);
    }
    picture
}

/// A crop, pixel by pixel.
pub fn cropped(picture: &Codes, at: (usize, usize), size: Size) -> Codes {
    Plane::from_fn(size.width as usize, size.height as usize, |x, y| picture.at(at.0 + x, at.1 + y))
}

/// Catmull-Rom's spline.
fn spline(x: f64) -> f64 {
    match x.abs() {
        x if x < 1.0 => 1.5 * x.powi(3) - 2.5 * x.powi(2) + 1.0,
        x if x < 2.0 => -0.5 * x.powi(3) + 2.5 * x.powi(2) - 4.0 * x + 2.0,
        _ => 0.0,
    }
}

/// The samples, with weights, that make one at `centre` that covers `width` of them. Sample i covers i..i +
/// 1.
fn taps(centre: f64, width: f64) -> Vec<(isize, f64)> {
    let (low, high) = (centre - width / 2.0, centre + width / 2.0);
    let smooth = (4.0 - 3.0 * width).clamp(0.0, 1.0);
    let first = low.min(centre - 3.0).floor() as isize;
    let last = high.max(centre + 3.0).ceil() as isize;
    let weight = |i: isize| {
        let covered = (high.min(i as f64 + 1.0) - low.max(i as f64)).max(0.0) / width;
        (1.0 - smooth) * covered + smooth * spline(i as f64 + 0.5 - centre)
    };
    (first..=last).map(|i| (i, weight(i))).filter(|(_, weight)| *weight != 0.0).collect()
}

/// `width` × `height` samples of `region` (left, top, width, height, in the plane's samples).
fn scaled(plane: &Mask, region: [f64; 4], width: usize, height: usize) -> Mask {
    let [left, top, wide, tall] = region;
    let (across, down) = (wide / width as f64, tall / height as f64);
    let rows = Plane::from_fn(width, plane.height, |x, y| {
        let taps = taps(left + (x as f64 + 0.5) * across, across);
        [taps.into_iter().map(|(i, weight)| weight * plane.clamped(i, y as isize)[0]).sum()]
    });
    Plane::from_fn(width, height, |x, y| {
        let taps = taps(top + (y as f64 + 0.5) * down, down);
        [taps.into_iter().map(|(i, weight)| weight * rows.clamped(x as isize, i)[0]).sum()]
    })
}

/// The `region` of a picture as YUYV of size `frame`: luma pixel by pixel, chroma pair by pair.
fn scaled_bytes(bytes: &[u8], size: Size, region: [f64; 4], frame: Size) -> Vec<u8> {
    let (width, height) = (size.width as usize, size.height as usize);
    let byte = |x: usize, y: usize, i: usize| [f64::from(bytes[2 * (y * width) + 4 * x + i])];
    let luma = Plane::from_fn(width, height, |x, y| byte(x / 2, y, 2 * (x % 2)));
    let [cb, cr] = [1, 3].map(|i| Plane::from_fn(width / 2, height, |x, y| byte(x, y, i)));
    let [x, y, w, h] = region;
    let (width, height) = (frame.width as usize, frame.height as usize);
    let luma = scaled(&luma, region, width, height);
    let [cb, cr] = [cb, cr].map(|c| scaled(&c, [x / 2.0, y, w / 2.0, h], width / 2, height));
    pack(&Plane::from_fn(width, height, |x, y| [luma.at(x, y)[0], cb.at(x / 2, y)[0], cr.at(x / 2, y)[0]]))
}

/// The `region` of the turned picture as YUYV of size `frame`. The picture is turned first, and halved as
/// long as more than three of its pixels, along either axis, would become one.
pub fn reframed(bytes: &[u8], camera: Size, geometry: &Geometry, region: [f64; 4], frame: Size) -> Vec<u8> {
    let mut picture = turned(&unpack(bytes, camera), geometry);
    if picture.width % 2 == 1 {
        picture = Plane::from_fn(picture.width - 1, picture.height, |x, y| picture.at(x, y));
    }
    let mut size = Size::new(picture.width as u32, picture.height as u32);
    let (mut bytes, mut region) = (pack(&picture), region);
    while region[2] > 3.0 * f64::from(frame.width) || region[3] > 3.0 * f64::from(frame.height) {
        let half = Size::new(size.width.div_ceil(4) * 2, size.height.div_ceil(2));
        let [w, h] = [size.width, size.height].map(f64::from);
        bytes = scaled_bytes(&bytes, size, [0.0, 0.0, w, h], half);
        let (x, y) = (f64::from(half.width) / w, f64::from(half.height) / h);
        region = [region[0] * x, region[1] * y, region[2] * x, region[3] * y];
        size = half;
    }
    scaled_bytes(&bytes, size, region, frame)
}
