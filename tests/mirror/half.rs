//! A frame at half its size, and alpha enlarged to the full size.

use gpucam::internals::Size;

use super::plane::{Mask, Plane};

/// Size of the half: whole YUYV words and whole rows that cover the frame.
pub fn size(frame: Size) -> Size {
    Size::new(frame.width.div_ceil(4) * 2, frame.height.div_ceil(2))
}

/// Codes of the half: means of four lumas, or of four words' chromas, to the nearest code, halves upwards.
/// Beyond the edge the edge's word repeats.
pub fn halve(bytes: &[u8], frame: Size) -> Vec<u8> {
    let (words, rows) = (frame.width as usize / 2, frame.height as usize);
    let byte = |word: usize, row: usize, which: usize| {
        f64::from(bytes[4 * (row.min(rows - 1) * words + word.min(words - 1)) + which])
    };
    let half = size(frame);
    let mut out = Vec::with_capacity(half.yuyv_bytes());
    for y in 0..half.height as usize {
        for x in 0..half.width as usize / 2 {
            // The mean of two bytes of a row and the two below them.
            let mean = |places: [(usize, usize); 2]| {
                let row = |row: usize| places.map(|(word, which)| byte(word, row, which)).iter().sum::<f64>();
                (row(2 * y) + row(2 * y + 1)) / 4.0
            };
            let (one, two) = (2 * x, 2 * x + 1);
            let codes = [
                mean([(one, 0), (one, 2)]),
                mean([(one, 1), (two, 1)]),
                mean([(two, 0), (two, 2)]),
                mean([(one, 3), (two, 3)]),
            ];
            out.extend(codes.map(|v| (v + 0.5).floor() as u8));
        }
    }
    out
}

/// Bilinear at twice the size: with pixel centres at halves, a position in the half is half of that in the
/// frame.
pub fn enlarge(half: &Mask, frame: Size) -> Mask {
    let place = |at: usize| (at as f64 + 0.5) / 2.0 - 0.5;
    Plane::from_fn(frame.width as usize, frame.height as usize, |x, y| half.bilinear(place(x), place(y)))
}
