//! What of the picture an effect is for: `on=person|background|all`, and what such effects share.

use super::{
    effect::Scene,
    spec::{Domain, Parameter},
};
use crate::{
    gpu::{Bind, Extent, Plane, Recorder, Shader, Soft, Storage},
    passes::{self, Frame},
};

/// `on`, with these words in the order of `shaders/lib/on.wgsl` or, where another is the default, that one first.
const fn on(words: &'static [&'static str]) -> Parameter {
    Parameter { name: "on", summary: "what of the picture", domain: Domain::Word(words) }
}

pub(super) const PERSON_FIRST: Parameter = on(&["person", "background", "all"]);
pub(super) const BACKGROUND_FIRST: Parameter = on(&["background", "person", "all"]);
pub(super) const ALL_FIRST: Parameter = on(&["all", "person", "background"]);

/// As `shaders/lib/on.wgsl` numbers them.
pub(super) fn number(word: &str) -> u32 {
    ["person", "background", "all"].iter().position(|known| *known == word).expect("one of the words") as u32
}

/// Gamma-coded R'G'B' 0..1 as a shader takes it.
pub(super) fn rgb(colour: [u8; 3]) -> [f32; 4] {
    let [r, g, b] = colour.map(|code| f32::from(code) / 255.0);
    [r, g, b, 1.0]
}

/// The room without the person, to take pixels apart with; blurred as blur does by default.
pub(super) fn behind(rec: &mut Recorder<'_>, scene: &Scene<'_>) -> Plane<Soft> {
    let (picture, alpha) = scene.to_blur();
    passes::backdrop(rec, picture, alpha, 12.0)
}

/// One dispatch over every pair of pixels: picture, alpha, what is `between`, packed, params.
pub(super) fn drawn(
    rec: &mut Recorder<'_>,
    scene: &Scene<'_>,
    shader: &Shader,
    between: &[&dyn Bind],
    params: &Storage,
) -> Frame {
    let packed = rec.storage(shader.name, scene.picture.words.bytes);
    let mut bindings: Vec<&dyn Bind> = vec![&scene.picture.words, &scene.alpha.words];
    bindings.extend(between);
    bindings.extend::<[&dyn Bind; 2]>([&packed, params]);
    rec.dispatch(shader, &bindings, Extent::Pairs(scene.picture.size));
    scene.picture.with(packed)
}
