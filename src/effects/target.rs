//! Shared by the effects with `on=person|background|all`: the parameter, and one dispatch over all pixels.

use super::{
    effect::EffectContext,
    spec::{ParamSpec, ParamType},
};
use crate::{
    gpu::{Bind, Extent, Plane, Recorder, Shader, Storage, Uniform, WeightedRgb},
    passes::{self, Frame},
};

/// The parameter `on`. The first word is the default.
const fn target_param(words: &'static [&'static str]) -> ParamSpec {
    ParamSpec { name: "on", summary: "the part of the picture to change", ty: ParamType::Choice(words) }
}

pub(super) const PERSON_FIRST: ParamSpec = target_param(&["person", "background", "all"]);
pub(super) const BACKGROUND_FIRST: ParamSpec = target_param(&["background", "person", "all"]);
pub(super) const ALL_FIRST: ParamSpec = target_param(&["all", "person", "background"]);

/// The number of a target in `shaders/lib/target.wgsl`.
pub(super) fn index(word: &str) -> u32 {
    ["person", "background", "all"].iter().position(|known| *known == word).expect("one of the words") as u32
}

/// Gamma-coded R'G'B' in 0..1 and an alpha of 1, for a shader.
pub(super) fn shader_colour(colour: [u8; 3]) -> [f32; 4] {
    let [r, g, b] = colour.map(|code| f32::from(code) / 255.0);
    [r, g, b, 1.0]
}

/// The blurred background without the person, from which a shader separates person and background in a pixel.
/// σ is that of blur's default.
pub(super) fn clean_background(rec: &mut Recorder<'_>, context: &EffectContext<'_>) -> Plane<WeightedRgb> {
    let (picture, alpha) = context.blur_source();
    passes::backdrop(rec, picture, alpha, 12.0)
}

/// Records one dispatch of `shader`, a thread for each pair of pixels. Bindings: picture, alpha, `inputs`,
/// output, params.
pub(super) fn record_per_pixel(
    rec: &mut Recorder<'_>,
    context: &EffectContext<'_>,
    shader: &Shader,
    inputs: &[&dyn Bind],
    params: impl Uniform,
) -> Frame {
    let params = rec.uniform(shader.name, params);
    record_per_pixel_with(rec, context, shader, inputs, &params)
}

/// The same, with parameters that another shader shares or that change between frames.
pub(super) fn record_per_pixel_with(
    rec: &mut Recorder<'_>,
    context: &EffectContext<'_>,
    shader: &Shader,
    inputs: &[&dyn Bind],
    params: &Storage,
) -> Frame {
    let output = rec.storage(shader.name, context.picture.words.bytes);
    let mut bindings: Vec<&dyn Bind> = vec![&context.picture.words, &context.alpha.words];
    bindings.extend(inputs);
    bindings.extend::<[&dyn Bind; 2]>([&output, params]);
    rec.dispatch(shader, &bindings, Extent::Pairs(context.picture.size));
    context.picture.with(output)
}
