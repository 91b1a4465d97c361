use super::frame::{Alpha, Frame, alpha_buffer};
use crate::{
    Size,
    gpu::{Bind, Coding, Extent, Mask, Plane, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `bilateral.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        taps: u32,
        first: f32,
        step: f32,
        space: f32,
        colour: f32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "bilateral", ["colour"], [16, 4], Params);

/// Volcomix's `sigmaColor`, in R'G'B' 0..1.
const SIGMA_COLOUR: f64 = 0.1;

/// The taps of Volcomix's joint bilateral filter and the falloff of their weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taps {
    /// Taps along an axis.
    pub(crate) count: u32,
    /// The first tap, in pixels from the centre.
    pub(crate) first: f32,
    /// Pixels from tap to tap.
    pub(crate) step: f32,
    /// Falloff with the squared distance in UV.
    pub(crate) space: f32,
    /// Falloff with the squared distance in R'G'B'.
    pub(crate) colour: f32,
}

impl Taps {
    /// The taps for a frame and a mask of these sizes.
    pub(crate) fn new(frame: Size, mask: Size) -> Self {
        let [width, height] = [f64::from(frame.width), f64::from(frame.height)];
        let sides = [f64::from(mask.width), f64::from(mask.height)];
        // One mask texel in frame pixels: the filter's reach.
        let space = (width / sides[0]).max(height / sides[1]);
        let step = (0.66 * space.sqrt()).max(1.0);
        let offset = if step > 1.0 { step / 2.0 } else { 0.0 };
        let count = ((2.0 * space - offset + 1e-6) / step).floor() as u32 + 1;
        let sigma = (1.0 / width).max(1.0 / height) * space;
        // Its Gaussian is exp(-x² / (2 (4 σ² + 1e-6))): the effective σ is twice the nominal.
        let falloff = |sigma: f64| (0.5 / (4.0 * sigma * sigma + 1e-6)) as f32;
        Self {
            count,
            first: (offset - space) as f32,
            step: step as f32,
            space: falloff(sigma),
            colour: falloff(SIGMA_COLOUR),
        }
    }
}

/// Alpha at the frame's size by Volcomix's joint bilateral filter and its coverage, from a `probability`
/// 0..1.
pub fn bilateral(rec: &mut Recorder<'_>, frame: &Frame, probability: &Plane<Mask>) -> Alpha {
    let Taps { count, first, step, space, colour } = Taps::new(frame.size, probability.size);
    let words = alpha_buffer(rec, frame.size);
    let params = Params {
        coding: frame.coding,
        frame: frame.size.into(),
        taps: count,
        first,
        step,
        space,
        colour,
        padding: 0,
    };
    let bindings: [&dyn Bind; 3] = [&frame.words, probability, &words];
    rec.dispatch_with(&SHADER, &params, &bindings, Extent::Pairs(frame.size));
    Alpha { words, size: frame.size }
}
