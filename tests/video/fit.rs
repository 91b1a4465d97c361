//! Scaling of pictures, compared with the Catmull-Rom cubic in float64.

use std::{array, fs};

use gpucam::internals::{
    Colorimetry, Size, Yuyv,
    video::{Fit, InputOptions},
};
use image::{Rgb, RgbImage};
use libtest_mimic::Trial;

use super::{folder, noise, read};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::fit::is_the_cubic", is_the_cubic),
        test("video::fit::shrinks_by_mean", shrinks_by_mean),
        test("video::fit::thin_pictures", thin_pictures),
    ]
}

/// The Catmull-Rom cubic (Keys 1981 with a = −½).
fn cubic(x: f64) -> f64 {
    match x.abs() {
        x if x < 1.0 => 1.5 * x.powi(3) - 2.5 * x.powi(2) + 1.0,
        x if x < 2.0 => -0.5 * x.powi(3) + 2.5 * x.powi(2) - 4.0 * x + 2.0,
        _ => 0.0,
    }
}

/// Weights of the `from` source pixels in each of the pixels `first..first + count` of `to`. The cubic is
/// widened when shrinking and normalised over the existing pixels.
fn weights(from: u32, to: f64, first: f64, count: u32) -> Vec<Vec<f64>> {
    let (scale, from) = (f64::from(from) / to, from as usize);
    let row = |i: u32| {
        let centre = (first + f64::from(i) + 0.5) * scale - 0.5;
        let taps: Vec<f64> = (0..from).map(|j| cubic((j as f64 - centre) / scale.max(1.0))).collect();
        let sum: f64 = taps.iter().sum();
        taps.into_iter().map(|w| w / sum).collect()
    };
    (0..count).map(row).collect()
}

/// `picture` scaled to `scaled` and cropped to `size` at `at`; 0..255.
fn mirror(picture: &RgbImage, scaled: (f64, f64), at: (f64, f64), size: Size) -> Vec<[f64; 3]> {
    let across = weights(picture.width(), scaled.0, at.0, size.width);
    let down = weights(picture.height(), scaled.1, at.1, size.height);
    let sum = |x: usize, y: usize| {
        let mut sum = [0.0; 3];
        for (i, j, pixel) in picture.enumerate_pixels() {
            let weight = across[x][i as usize] * down[y][j as usize];
            sum = array::from_fn(|c| sum[c] + weight * f64::from(pixel[c]));
        }
        sum.map(|v| v.clamp(0.0, 255.0))
    };
    (0..size.area()).map(|i| sum(i % size.width as usize, i / size.width as usize)).collect()
}

fn shown(picture: &RgbImage, size: Size, fit: Fit) -> Vec<u8> {
    let folder = folder();
    let path = folder.path().join("a.png");
    picture.save(&path).unwrap();
    let (said, frames) = read(&path, &InputOptions { size: Some(size), fit, ..InputOptions::default() });
    assert_eq!(said.size, size);
    fs::remove_file(path).unwrap();
    Yuyv { size, bytes: frames[0].clone() }.bytes
}

fn is_the_cubic() {
    let patches = noise(3 * 12 * 9, 3);
    let picture = RgbImage::from_fn(47, 36, |x, y| {
        Rgb(array::from_fn(|c| patches[3 * (y as usize / 4 * 12 + x as usize / 4) + c] / 2 + 60))
    });
    for (size, fit, scaled, at) in [
        (Size::new(20, 12), Fit::Stretch, (20.0, 12.0), (0.0, 0.0)),
        (Size::new(60, 72), Fit::Stretch, (60.0, 72.0), (0.0, 0.0)),
        // 47 × 36 grows to 94 × 72.
        (Size::new(94, 40), Fit::Cover, (94.0, 72.0), (0.0, 16.0)),
        (Size::new(30, 72), Fit::Cover, (94.0, 72.0), (32.0, 0.0)),
    ] {
        let got = shown(&picture, size, fit);
        let want = |at| {
            let rgb = mirror(&picture, scaled, at, size);
            let pixel = |x: u32, y: u32| rgb[(y * size.width + x) as usize].map(|v| v / 255.0);
            Yuyv::from_rgb(size, Colorimetry::default(), pixel).bytes
        };
        let off = |other: &[u8]| got.iter().zip(other).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let control = (at.0 + 0.5, at.1 + 0.5);
        note!("{fit:?} {size}: {}, control {}", off(&want(at)), off(&want(control)));
        // R'G'B' is rounded to 8 bits before encoding: half a code in luma, up to one in chroma, and one more
        // if the result lies between two codes.
        assert!(off(&want(at)) <= 2, "{fit:?} {size}: {}", off(&want(at)));
        assert!(off(&want(control)) > 4, "{fit:?} {size}: the control passes");
    }
}

/// One-pixel stripes become their mean, without aliasing.
fn shrinks_by_mean() {
    let stripes = RgbImage::from_fn(400, 200, |x, y| Rgb([if (x + y) % 2 == 0 { 20 } else { 220 }; 3]));
    for fit in [Fit::Cover, Fit::Contain, Fit::Stretch] {
        let bytes = shown(&stripes, Size::new(100, 50), fit);
        let luma = || bytes.iter().step_by(2);
        let (least, most) = (luma().min().unwrap(), luma().max().unwrap());
        assert!(most - least < 12, "{fit:?}: {least}..{most}");
    }
    let tiles = shown(&stripes, Size::new(100, 50), Fit::Tile);
    assert!(
        tiles.iter().step_by(2).max().unwrap() - tiles.iter().step_by(2).min().unwrap() > 100,
        "the control"
    );
}

/// Scaling a line to a large canvas needs no more memory than the canvas.
fn thin_pictures() {
    for (width, height) in [(1, 8000), (8000, 1), (1, 1), (3, 2), (16_000_000, 1)] {
        let picture = RgbImage::from_pixel(width, height, Rgb([200; 3]));
        for fit in [Fit::Cover, Fit::Contain, Fit::Stretch, Fit::Tile] {
            let bytes = shown(&picture, Size::new(1280, 720), fit);
            let grey =
                Yuyv::from_rgb(Size::new(2, 1), Colorimetry::default(), |_, _| [200.0 / 255.0; 3]).bytes[0];
            // A mean of thousands of pixels may round otherwise.
            let is_grey = |&y: &u8| y.abs_diff(grey) <= 1;
            // The whole canvas, unless part of it stays blank.
            assert!(bytes.iter().step_by(2).any(is_grey), "{width}x{height} {fit:?}");
            assert!(fit == Fit::Contain || bytes.iter().step_by(2).all(is_grey), "{width}x{height} {fit:?}");
        }
    }
}
