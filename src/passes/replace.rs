use super::{
    frame::{Alpha, Frame},
    strips::{Strips, strips},
};
use crate::{
    gpu::{Bind, Coding, Plane, Recorder, Storage, WeightedRgb},
    uniform,
};

uniform! {
    /// The `Params` of `replace.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        strength: f32,
        dodge: u32,
    }
}

/// The picture's light stays behind the person.
pub(super) const WRAP_OFF: Strips =
    strips!("replace", ["colour", "sample"], ["pixels", "tone", "strip", "wrap_off"], [32, 1], Params);
/// The picture's light falls around the person's edge.
pub(super) const WRAP_ON: Strips =
    strips!("replace", ["colour", "sample"], ["pixels", "tone", "strip", "wrap_on"], [32, 1], Params);

/// How the light and the person's colour are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blend {
    /// 1 − (1 − a)(1 − b): never beyond white.
    Screen,
    /// Linear dodge: the sum, clipped at white.
    Dodge,
}

/// Light that falls around the person's edge.
#[derive(Clone, Copy, Debug)]
pub struct Wrap<'a> {
    /// The other picture, blurred: R'G'B' 0..1 at the size of [`super::backdrop()`].
    pub light: &'a Plane<WeightedRgb>,
    /// 0..1.
    pub strength: f64,
    /// How it is combined with the person.
    pub blend: Blend,
}

/// The person over `picture`, which is coded as the frame. The share of `backdrop` is removed from the
/// person's edge, whose colours `gains` changes: f32 for R', G' and B', as [`super::light_match()`] makes them.
pub fn replace(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    alpha: &Alpha,
    backdrop: &Plane<WeightedRgb>,
    picture: &Frame,
    wrap: Option<Wrap<'_>>,
    gains: &Storage,
) -> Frame {
    let packed = rec.storage("packed", frame.words.bytes);
    let (strips, light, strength, dodge) = match wrap {
        Some(Wrap { light, strength, blend }) => (&WRAP_ON, light, strength as f32, blend == Blend::Dodge),
        None => (&WRAP_OFF, backdrop, 0.0, false),
    };
    let (shader, over) = strips.over(rec.gpu(), frame.size, backdrop.size, 1);
    let params = Params { coding: frame.coding, frame: frame.size.into(), strength, dodge: dodge.into() };
    let bindings: [&dyn Bind; 7] =
        [&frame.words, &alpha.words, backdrop, &picture.words, light, gains, &packed];
    rec.dispatch_with(shader, &params, &bindings, over);
    frame.with(packed)
}
