//! A whole frame except for the model: the model's input from the frame, and the bytes from the model's
//! output.

use gpucam::internals::{Colorimetry, Size};

use super::{
    alpha, backdrop, composite, expose,
    person::{self, Grid},
    plane::{Mask, Plane, Rgb},
    preprocess::{self, Content},
    refine,
    temporal::{self, Memory},
    yuyv,
};

/// How the mask becomes alpha at the frame's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refine {
    Guided,
    Bilateral,
    Plain,
}

/// What the chain has to do.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub colorimetry: Colorimetry,
    pub refine: Refine,
    /// σ of the blur in pixels of a frame 720 high.
    pub strength: f64,
    /// Width and height of the model's input.
    pub net: (usize, usize),
    /// The frame's place in it.
    pub content: Content,
    /// Where the model's output has its samples in it.
    pub grid: Grid,
}

/// Width and height of the mask: the frame's aspect and as many pixels as 256×144; at least 16, at most the
/// frame's.
pub fn mask_size(frame: Size) -> (usize, usize) {
    let (w, h) = (f64::from(frame.width), f64::from(frame.height));
    let side = |v: f64, most: u32| (v.sqrt().round() as usize).max(16).min(most as usize);
    (side(36864.0 * w / h, frame.width), side(36864.0 * h / w, frame.height))
}

/// The frame at mask size.
pub fn guide(bytes: &[u8], size: Size, colorimetry: Colorimetry) -> Rgb {
    let (w, h) = mask_size(size);
    preprocess::area(&yuyv::decode_unclamped(bytes, size, colorimetry), w, h)
}

/// The model's input, `scale` · v + `offset`, with the guide's exposure gain if `exposure` is set.
pub fn input(
    bytes: &[u8],
    size: Size,
    settings: Settings,
    exposure: bool,
    (scale, offset): (f64, f64),
) -> Plane<3> {
    let frame = yuyv::decode_unclamped(bytes, size, settings.colorimetry);
    let picture = preprocess::letterboxed(&frame, settings.net.0, settings.net.1, settings.content);
    let gain = if exposure { expose::meter(&guide(bytes, size, settings.colorimetry)) } else { 1.0 };
    expose::expose(&picture, gain, scale, offset)
}

/// Alpha at frame size from the frame's bytes and the person probability on the model's output grid.
pub fn alpha(bytes: &[u8], size: Size, person: &Mask, settings: Settings) -> Mask {
    let person = person::fit(person, settings.net, settings.content, settings.grid, mask_size(size));
    let frame = yuyv::decode(bytes, size, settings.colorimetry);
    match settings.refine {
        Refine::Guided => {
            let guide = guide(bytes, size, settings.colorimetry);
            let frame = yuyv::decode_unclamped(bytes, size, settings.colorimetry);
            alpha::guided(&frame, &refine::refine(&guide, &person))
        }
        Refine::Bilateral => alpha::bilateral(&frame, &person),
        Refine::Plain => alpha::plain(&person, frame.width, frame.height),
    }
}

/// Alpha at frame size by the guided chain, averaged with what `memory` holds of the frame before; updates
/// `memory`.
pub fn temporal_alpha(
    bytes: &[u8],
    size: Size,
    person: &Mask,
    settings: Settings,
    memory: &mut Option<Memory>,
) -> Mask {
    let person = person::fit(person, settings.net, settings.content, settings.grid, mask_size(size));
    let guide = guide(bytes, size, settings.colorimetry);
    let luma = temporal::luma_of(&guide);
    let noise = match &*memory {
        Some(last) => temporal::noise(last.noise, &luma, &last.luma),
        None => temporal::START,
    };
    let coefficients = refine::refine(&guide, &person);
    let confidence = memory
        .as_ref()
        .map(|last| temporal::confidence(&coefficients, &temporal::change(&luma, &last.luma), noise));
    let before = memory.as_ref().zip(confidence.as_ref()).map(|(last, confidence)| (confidence, &last.q));
    let frame = yuyv::decode_unclamped(bytes, size, settings.colorimetry);
    let (alpha, q) = temporal::alpha(&frame, &coefficients, before);
    *memory = Some(Memory { luma, noise, q });
    alpha
}

/// The frame with its background blurred, in YUYV, without any memory.
pub fn chain(bytes: &[u8], size: Size, person: &Mask, settings: Settings) -> Vec<u8> {
    blurred(bytes, size, &alpha(bytes, size, person, settings), settings)
}

/// The frame with its background blurred behind `alpha`, in YUYV.
pub fn blurred(bytes: &[u8], size: Size, alpha: &Mask, settings: Settings) -> Vec<u8> {
    let frame = yuyv::decode_unclamped(bytes, size, settings.colorimetry);
    let (background, side) = backdrop::blurred(&frame, alpha, settings.strength);
    composite::composite(bytes, size, settings.colorimetry, alpha, &background, side)
}
