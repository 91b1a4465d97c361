//! The frame, area-averaged: the guide (mask size) and the model's input (net size).

use std::array;

use super::plane::{Plane, Rgb};

/// The frame's place in the model's input, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Content {
    /// The whole of a picture of `width` × `height`.
    pub fn whole(width: usize, height: usize) -> Self {
        Self { x: 0, y: 0, width, height }
    }
}

/// The pixels under pixel `x` when `from` pixels become `to`, each with the covered length.
///
/// In units of 1/`to` of a source pixel both ends are integers, so the lengths are exact and their sum is
/// `from`.
fn cover(x: usize, from: usize, to: usize) -> impl Iterator<Item = (usize, f64)> {
    let (start, end) = (x * from, (x + 1) * from);
    (start / to..=(end - 1) / to).map(move |i| (i, (end.min((i + 1) * to) - start.max(i * to)) as f64))
}

/// Mean of the frame over each of `width` × `height` equal boxes.
///
/// Neither `frame` nor the mean is clamped, so that a linear function of R'G'B' is one of the codes.
pub fn area(frame: &Rgb, width: usize, height: usize) -> Rgb {
    let pixels = (frame.width * frame.height) as f64;
    Plane::from_fn(width, height, |x, y| {
        let mut sum = [0.0; 3];
        for (j, tall) in cover(y, frame.height, height) {
            for (i, wide) in cover(x, frame.width, width) {
                let pixel = frame.at(i, j);
                sum = array::from_fn(|c| sum[c] + wide * tall * pixel[c]);
            }
        }
        sum.map(|v| v / pixels)
    })
}

/// [`area`] drawn into `content` of a picture of `width` × `height`, black around it.
pub fn letterboxed(frame: &Rgb, width: usize, height: usize, content: Content) -> Rgb {
    let drawn = area(frame, content.width, content.height);
    Plane::from_fn(width, height, |x, y| {
        let inside = x >= content.x && y >= content.y;
        let inside = inside && x < content.x + content.width && y < content.y + content.height;
        if inside { drawn.at(x - content.x, y - content.y) } else { [0.0; 3] }
    })
}
