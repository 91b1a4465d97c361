use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
    target,
};
use crate::{
    Result,
    gpu::{Coding, Recorder, Shader},
    passes::Frame,
    shader, uniform,
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "tint",
    summary: "a veil of one colour",
    parameters: &[
        ParamSpec {
            name: "strength",
            summary: "share of the colour in the picture",
            ty: ParamType::Number { range: (0.0, 1.0), default: 0.5 },
        },
        ParamSpec {
            name: "colour",
            summary: "the veil",
            ty: ParamType::Colour { default: [0x20, 0x40, 0x80] },
        },
        target::BACKGROUND_FIRST,
    ],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[SHADER],
    make: |values| {
        Ok(Arc::new(Tint {
            strength: values.number("strength"),
            colour: values.colour("colour"),
            target_index: target::index(values.choice("on")),
        }))
    },
};

uniform! {
    /// `Params` in the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        target_index: u32,
        strength: f32,
        colour: [f32; 4],
    }
}

const SHADER: Shader = shader!("effects", "tint", ["colour", "target", "per_pixel"], [64, 1], Params);

#[derive(Debug)]
struct Tint {
    strength: f64,
    colour: [u8; 3],
    target_index: u32,
}

impl Effect for Tint {
    fn is_identity(&self) -> bool {
        self.strength == 0.0
    }

    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let params = Params {
            coding: context.picture.coding,
            frame: context.picture.size.into(),
            target_index: self.target_index,
            strength: self.strength as f32,
            colour: target::shader_colour(self.colour),
        };
        Ok(target::record_per_pixel(rec, context, &SHADER, &[], params))
    }
}
