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
    name: "edges",
    summary: "a drawing: lines on paper",
    parameters: &[
        ParamSpec {
            name: "strength",
            summary: "how dark a line is for a change of luma",
            ty: ParamType::Number { range: (0.5, 20.0), default: 4.0 },
        },
        ParamSpec {
            name: "ink",
            summary: "the lines",
            ty: ParamType::Colour { default: [0x22, 0x20, 0x2a] },
        },
        ParamSpec {
            name: "paper",
            summary: "what the lines are drawn on",
            ty: ParamType::Colour { default: [0xf7, 0xf4, 0xec] },
        },
        target::ALL_FIRST,
    ],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[SHADER],
    make: |values| {
        Ok(Arc::new(Edges {
            strength: values.number("strength"),
            ink: values.colour("ink"),
            paper: values.colour("paper"),
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
        ink: [f32; 4],
        paper: [f32; 4],
    }
}

const SHADER: Shader =
    shader!("effects", "edges", ["colour", "target", "sobel", "per_pixel"], [64, 1], Params);

#[derive(Debug)]
struct Edges {
    strength: f64,
    ink: [u8; 3],
    paper: [u8; 3],
    target_index: u32,
}

impl Effect for Edges {
    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let params = Params {
            coding: context.picture.coding,
            frame: context.picture.size.into(),
            target_index: self.target_index,
            strength: self.strength as f32,
            ink: target::shader_colour(self.ink),
            paper: target::shader_colour(self.paper),
        };
        Ok(target::record_per_pixel(rec, context, &SHADER, &[], params))
    }
}
