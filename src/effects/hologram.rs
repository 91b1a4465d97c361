use std::{sync::Arc, time::Duration};

use super::{
    effect::{Animated, Effect, EffectContext, RecordingState},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
    target,
};
use crate::{
    Result,
    gpu::{Coding, Gpu, Recorder, Shader, Storage},
    passes::Frame,
    shader, uniform,
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "hologram",
    summary: "blue light in flickering rows",
    parameters: &[
        ParamSpec {
            name: "style",
            summary: "two rows of five are dim, or three of seven, as in the programs of Ben Elder and Linux-Fake-\
                      Background-Webcam",
            ty: ParamType::Choice(&["elder", "lfbw"]),
        },
        target::PERSON_FIRST,
    ],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[SHADER],
    make: |values| {
        let (band, gap) = if values.choice("style") == "elder" { (2, 3) } else { (3, 4) };
        Ok(Arc::new(Hologram { band, period: band + gap, target_index: target::index(values.choice("on")) }))
    },
};

uniform! {
    /// `Params` in the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        band: u32,
        period: u32,
        unit: u32,
        target_index: u32,
        seed: u32,
        padding: u32,
    }
}

const SHADER: Shader = shader!("effects", "hologram", ["colour", "target", "per_pixel"], [64, 1], Params);

#[derive(Debug)]
struct Hologram {
    band: u32,
    period: u32,
    target_index: u32,
}

impl Effect for Hologram {
    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let Self { band, period, target_index } = *self;
        // The constants are for a frame 720 rows high.
        let unit = ((context.picture.size.height + 360) / 720).max(1);
        let frame = context.picture.size.into();
        let params = Params {
            coding: context.picture.coding,
            frame,
            band,
            period,
            unit,
            target_index,
            seed: 0,
            padding: 0,
        };
        let params = rec.updatable_uniform(SHADER.name, params);
        let shown = target::record_per_pixel_with(rec, context, &SHADER, &[], &params);
        context.animated.push(Box::new(Flicker(params)));
        Ok(shown)
    }
}

/// Gives the dim rows new brightness in each frame.
#[derive(Debug)]
struct Flicker(Storage);

impl Animated for Flicker {
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        let seed = at.as_micros() as u32;
        gpu.queue().write_buffer(
            &self.0.buffer,
            std::mem::offset_of!(Params, seed) as u64,
            &seed.to_le_bytes(),
        );
        Ok(RecordingState::Current)
    }
}
