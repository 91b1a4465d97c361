//! The person over another picture: docs/PICTURE.md, step 10, with the picture's light around the edge.
//!
//! Light wrapping as compositors define it: the blurred background, limited to a band inside the person's
//! edge, is laid over the person's own colour before the person is laid over the background. Screen is 1 − (1
//! − a)(1 − b), linear dodge min(1, a + b).

use std::array;

use gpucam::internals::{Colorimetry, Size, passes::Blend};

use super::{
    backdrop::{block_mean, blur, frame_sigma, near, sides},
    composite,
    light::toned,
    plane::{Mask, Plane, Rgb},
    store::f16,
    yuyv,
};

/// Light around the edge: the light, its strength, and how it is combined.
pub type Wrap<'a> = Option<(&'a Rgb, f64, Blend)>;

/// How much of the surroundings is background, at the backdrop's size: the weights of the backdrop's blur.
pub fn share(frame: &Rgb, alpha: &Mask, strength: f64) -> Mask {
    let [_, large] = near(frame, alpha, strength);
    large.map(|[.., weight]| [f16(weight)])
}

/// The blurred picture, decoded without clamping and clamped to 0..1 at the size of the backdrop whose blur
/// is `background`. `background` and `strength` are σ in pixels of a frame 720 high.
pub fn light(picture: &Rgb, background: f64, strength: f64) -> Rgb {
    let [_, side] = sides(frame_sigma(background, [picture.width, picture.height]));
    let small = block_mean(picture, side).map(|[r, g, b]| [r, g, b, 1.0].map(|v| f16(v.clamp(0.0, 1.0))));
    blur(&small, frame_sigma(strength, [picture.width, picture.height]) / side as f64)
        .map(|[r, g, b, _]| [r, g, b])
}

/// A pixel of the person under light `l`: its own colour, lit, times alpha.
fn lit(person: [f64; 3], alpha: f64, l: [f64; 3], blend: Blend) -> [f64; 3] {
    array::from_fn(|c| match (alpha > 0.0, blend) {
        (false, _) => 0.0,
        (true, Blend::Screen) => alpha * (1.0 - (1.0 - person[c] / alpha) * (1.0 - l[c])),
        (true, Blend::Dodge) => alpha * (person[c] / alpha + l[c]).min(1.0),
    })
}

/// YUYV of the frame with `picture` (YUYV too) in place of the background.
///
/// A pair whose alphas are both exactly 0 is the picture's; one whose alphas are both 1 keeps its word where
/// all of the light is less than half a code of 255 and no gain changes it.
pub fn replace(
    bytes: &[u8],
    size: Size,
    colorimetry: Colorimetry,
    alpha: &Mask,
    (background, share): (&Rgb, &Mask),
    picture: &[u8],
    (wrap, gains): (Wrap<'_>, [f64; 3]),
) -> Vec<u8> {
    let (frame, shown) = (yuyv::decode(bytes, size, colorimetry), yuyv::decode(picture, size, colorimetry));
    let words = Plane::from_fn(frame.width / 2, frame.height, |i, y| {
        let word = |bytes: &[u8]| array::from_fn(|k| f64::from(bytes[2 * y * frame.width + 4 * i + k]));
        let at = [2 * i, 2 * i + 1];
        let alphas = at.map(|x| alpha.at(x, y)[0]);
        let light = at.map(|x| match wrap {
            None => [0.0; 3],
            Some((light, strength, _)) => {
                let [d] = share.sample_for(x, y, frame.width, frame.height);
                let w = light.sample_for(x, y, frame.width, frame.height);
                w.map(|w| strength * (2.0 * d).min(1.0) * w)
            }
        });
        if alphas == [0.0; 2] {
            return word(picture);
        }
        if gains == [1.0; 3] && alphas == [1.0; 2] && light.as_flattened().iter().all(|l| *l < 0.5 / 255.0) {
            return word(bytes);
        }
        let pair = array::from_fn(|k| {
            let (x, a) = (at[k], alphas[k]);
            let b = background.sample_for(x, y, frame.width, frame.height);
            let alone = composite::over(frame.at(x, y), a, b, [0.0; 3]);
            let mut person = match a > 0.0 {
                true => array::from_fn(|c| a * toned(alone[c] / a, gains[c])),
                false => [0.0; 3],
            };
            if let Some((.., blend)) = wrap {
                person = lit(person, a, light[k], blend);
            }
            array::from_fn(|c| person[c] + (1.0 - a) * shown.at(x, y)[c])
        });
        yuyv::word(colorimetry, pair).map(f64::from)
    });
    words.values().iter().map(|&v| v as u8).collect()
}
