use std::path::Path;

use gpucam::internals::passes::Blend;
use image::RgbImage;

use super::render;
use crate::{
    mirror::{
        Plane, Rgb, backdrop,
        light::{gains, light_match},
        replace,
        store::unorm16,
        yuyv,
    },
    support::gpu::{BT601, BT709_FULL, SIZES, blob, holds_codes, noise, scene},
};

/// σ of the background's blur and of the light's, in pixels of a 720p frame, as the effects have them.
const BACKGROUND_SIGMA: f64 = 12.0;
const LIGHT_SIGMA: f64 = 24.0;

/// Writes a picture of noisy patches to a file.
fn picture(path: &Path, width: u32, height: u32) -> Rgb {
    let rgb = RgbImage::from_fn(width, height, |x, y| {
        let n = |k: usize| noise(71, 3 * ((y / 9) * width + x / 9) as usize + k);
        image::Rgb([0, 1, 2].map(|k| (40.0 + 200.0 * n(k)) as u8))
    });
    rgb.save(path).expect("a picture");
    let at = |x: usize, y: usize| rgb.get_pixel(x as u32, y as u32).0.map(|v| f64::from(v) / 255.0);
    Plane::from_fn(width as usize, height as usize, at)
}

pub fn test() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.png");
    for (size, colorimetry) in [(SIZES[1], BT601), (SIZES[2], BT709_FULL)] {
        let bytes = scene(size, 72);
        let alpha = blob(size, 73).map(|[a]| [unorm16((1.4 * a - 0.2).clamp(0.0, 1.0))]);
        let frame = yuyv::decode_unclamped(&bytes, size, colorimetry);
        // Of the frame's size, so that nothing is resampled.
        let shown = yuyv::encode(&picture(&path, size.width, size.height), colorimetry);
        let background = backdrop::backdrop(&frame, &alpha, BACKGROUND_SIGMA);
        let share = replace::share(&frame, &alpha, BACKGROUND_SIGMA);
        let light =
            replace::light(&yuyv::decode_unclamped(&shown, size, colorimetry), BACKGROUND_SIGMA, LIGHT_SIGMA);
        let other = yuyv::decode(&shown, size, colorimetry);
        let mirror = |wrap: Option<(f64, Blend)>, matching: f64| {
            let wrap = wrap.map(|(strength, blend)| (&light, strength, blend));
            let own = yuyv::decode(&bytes, size, colorimetry);
            let gains = gains(light_match(&own, &alpha, &other, matching).expect("a person"));
            replace::replace(&bytes, size, colorimetry, &alpha, (&background, &share), &shown, (wrap, gains))
        };
        for (keys, wrap, matching) in [
            ("", Some((0.25, Blend::Screen)), 0.3),
            (",wrap=1,match=0", Some((1.0, Blend::Screen)), 0.0),
            (",wrap=0.4,blend=dodge,fit=stretch", Some((0.4, Blend::Dodge)), 0.3),
            (",wrap=0,fit=tile,match=1", None, 1.0),
        ] {
            let text = format!("image:{}{keys}", path.display());
            let got = render(&[&text], &bytes, size, colorimetry, &alpha);
            let control = mirror(if wrap.is_none() { Some((0.1, Blend::Screen)) } else { None }, matching);
            let unlit = mirror(wrap, if matching == 0.0 { 0.3 } else { 0.0 });
            // The blurs' planes are f16, so a value between two codes may round to either.
            holds_codes(&text, &got, &mirror(wrap, matching), &control, 1);
            holds_codes(&text, &got, &mirror(wrap, matching), &unlit, 1);
        }
    }
}

/// A picture of another aspect ratio: where each fit places it, crops it and leaves black.
pub fn fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.png");
    // Twice as wide as high; a red third, a green one, a blue one.
    let thirds = RgbImage::from_fn(480, 240, |x, _| {
        let mut rgb = [0; 3];
        rgb[x as usize / 160] = 200;
        image::Rgb(rgb)
    });
    thirds.save(&path).expect("a picture");
    let size = gpucam::internals::Size::new(320, 320);
    let nobody = Plane::flat(320, 320, [0.0]);
    let bytes = scene(size, 74);
    let frame = |fit: &str| {
        let text = format!("image:{},fit={fit},wrap=0", path.display());
        yuyv::decode(&render(&[&text], &bytes, size, BT601, &nobody), size, BT601)
    };
    // 0 red, 1 green, 2 blue, 3 black; limited-range YUYV changes an 8-bit value by up to 2.
    let colour = |picture: &Rgb, x: usize, y: usize| {
        let rgb = picture.at(x, y);
        let of = |k: usize| (0..3).all(|c| (rgb[c] * 255.0 - if c == k { 200.0 } else { 0.0 }).abs() < 3.0);
        (0..4).find(|&k| of(k)).unwrap_or_else(|| panic!("{rgb:?} at {x}, {y}"))
    };
    let cover = frame("cover"); // 640 × 320, cut to columns 160..480: red ends at 53, green at 267
    assert_eq!([5, 40, 70, 160, 250, 315].map(|x| colour(&cover, x, 160)), [0, 0, 1, 1, 1, 2]);
    let contain = frame("contain"); // 320 × 160, rows 80..240
    assert_eq!([70, 90, 230, 250].map(|y| colour(&contain, 50, y)), [3, 0, 0, 3]);
    assert_eq!([50, 160, 270].map(|x| colour(&contain, x, 160)), [0, 1, 2]);
    let stretch = frame("stretch");
    assert_eq!([50, 160, 270].map(|x| colour(&stretch, x, 5)), [0, 1, 2]);
    let tile = frame("tile");
    assert_eq!([(80, 5), (200, 5), (310, 5), (80, 300)].map(|(x, y)| colour(&tile, x, y)), [0, 1, 1, 0]);
}
