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
    name: "cartoon",
    summary: "flat areas of few colours, with lines between them",
    parameters: &[
        ParamSpec {
            name: "levels",
            summary: "steps from black to white",
            ty: ParamType::Number { range: (2.0, 32.0), default: 10.0 },
        },
        ParamSpec {
            name: "lines",
            summary: "how dark the lines are",
            ty: ParamType::Number { range: (0.0, 1.0), default: 0.8 },
        },
        target::ALL_FIRST,
    ],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[SHADER],
    make: |values| {
        Ok(Arc::new(Cartoon {
            levels: values.number("levels").round(),
            lines: values.number("lines"),
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
        lines: f32,
        levels: f32,
        padding_a: u32,
        padding_b: u32,
        padding_c: u32,
    }
}

const SHADER: Shader =
    shader!("effects", "cartoon", ["colour", "target", "sobel", "per_pixel"], [64, 1], Params);

#[derive(Debug)]
struct Cartoon {
    levels: f64,
    lines: f64,
    target_index: u32,
}

impl Effect for Cartoon {
    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let params = Params {
            coding: context.picture.coding,
            frame: context.picture.size.into(),
            target_index: self.target_index,
            lines: self.lines as f32,
            levels: self.levels as f32,
            padding_a: 0,
            padding_b: 0,
            padding_c: 0,
        };
        Ok(target::record_per_pixel(rec, context, &SHADER, &[], params))
    }
}
