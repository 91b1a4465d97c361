use image::{Rgba, RgbaImage};

use super::render;
use crate::{
    mirror::{Mask, Plane, Rgb, overlay},
    support::gpu::{BT601, BT709_FULL, blob, holds_codes, noise, scene},
};

/// A picture of patches with alphas 0, 1 and between.
fn picture(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let n = |k: usize| noise(81, 4 * ((y / 6) * width + x / 6) as usize + k);
        Rgba([n(0), n(1), n(2), 1.6 * n(3) - 0.3].map(|v| (255.0 * v).clamp(0.0, 255.0) as u8))
    })
}

/// The picture on a blank frame, its upper left corner at `at`.
fn planes(picture: &RgbaImage, (width, height): (u32, u32), at: (u32, u32), opacity: f64) -> (Rgb, Mask) {
    let pixel = |x: usize, y: usize| {
        let inside = (x as u32).checked_sub(at.0).zip((y as u32).checked_sub(at.1));
        let pixel = inside.and_then(|(x, y)| picture.get_pixel_checked(x, y));
        pixel.map_or([0.0; 4], |p| p.0.map(|v| f64::from(v) / 255.0))
    };
    let all = Plane::from_fn(width as usize, height as usize, pixel);
    (all.map(|[r, g, b, _]| [r, g, b]), all.map(|[.., a]| [a * opacity]))
}

pub fn test() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.png");
    let size = gpucam::internals::Size::new(646, 362);
    let (width, height) = (size.width, size.height);
    let bytes = scene(size, 82);
    let alpha = blob(size, 83);
    // Of the frame's size, or of exactly the share that it takes, so that nothing is resampled.
    let cases = [
        ((width, height), "", (0, 0), 1.0),
        ((width, height), ",fit=stretch,opacity=0.3", (0, 0), 0.3),
        ((width, 100), "", (0, 262), 1.0),
        ((width, 100), ",position=top", (0, 0), 1.0),
        ((width, 100), ",position=right", (0, 131), 1.0),
        ((100, height), ",position=left", (0, 0), 1.0),
        ((100, height), ",position=bottom-right", (546, 0), 1.0),
        ((101, height), "", (272, 0), 1.0),
        ((323, 181), ",size=0.5", (161, 181), 1.0),
        ((323, 181), ",size=0.5,position=top-right", (323, 0), 1.0),
        ((323, 181), ",size=0.5,position=centre,fit=tile", (161, 90), 1.0),
    ];
    for (i, ((w, h), keys, at, opacity)) in cases.into_iter().enumerate() {
        let colorimetry = if i % 2 == 0 { BT601 } else { BT709_FULL };
        let front = picture(w, h);
        front.save(&path).expect("a picture");
        let text = format!("overlay:{}{keys}", path.display());
        let got = render(&[&text], &bytes, size, colorimetry, &alpha);
        let mirror = |opacity| {
            let (rgb, a) = planes(&front, (width, height), at, opacity);
            overlay::overlay(&bytes, size, colorimetry, &rgb, &a)
        };
        // Codes are rounded twice: before and after mixing.
        holds_codes(&text, &got, &mirror(opacity), &mirror(0.9 * opacity), 2);
    }
    assert!(
        render(&[&format!("overlay:{},opacity=0", path.display())], &bytes, size, BT601, &alpha) == bytes
    );
    // Scaling does not spread the colour of transparent pixels.
    let red =
        RgbaImage::from_fn(40, 40, |x, _| if x < 20 { Rgba([255, 0, 0, 0]) } else { Rgba([0, 0, 255, 255]) });
    red.save(&path).expect("a picture");
    let black = [16, 128].repeat(size.area());
    let text = format!("overlay:{},fit=stretch", path.display());
    let got = render(&[&text], &black, size, BT601, &alpha);
    let cr = got.iter().skip(3).step_by(4).max().expect("a picture");
    assert!(*cr <= 129, "red shows through: {cr}");
}
