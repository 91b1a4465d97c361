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
    name: "light",
    summary: "the person or the background lighter or darker, in photographic stops: +1 is twice the light",
    parameters: &[
        ParamSpec { name: "person", summary: "stops", ty: STOPS },
        ParamSpec { name: "background", summary: "stops", ty: STOPS },
    ],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[SHADER],
    make: |values| {
        Ok(Arc::new(Light { person: values.number("person"), background: values.number("background") }))
    },
};

const STOPS: ParamType = ParamType::Number { range: (-4.0, 4.0), default: 0.0 };

uniform! {
    /// `Params` in the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        person: f32,
        background: f32,
    }
}

const SHADER: Shader =
    shader!("effects", "light", ["colour", "sample", "parts", "per_pixel"], [64, 1], Params);

#[derive(Debug)]
struct Light {
    person: f64,
    background: f64,
}

impl Effect for Light {
    fn is_identity(&self) -> bool {
        self.person == 0.0 && self.background == 0.0
    }

    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let gain = |stops: f64| (stops / 2.2).exp2() as f32;
        let params = Params {
            coding: context.picture.coding,
            frame: context.picture.size.into(),
            person: gain(self.person),
            background: gain(self.background),
        };
        let background = target::clean_background(rec, context);
        Ok(target::record_per_pixel(rec, context, &SHADER, &[&background], params))
    }
}
