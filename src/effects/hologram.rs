use std::{sync::Arc, time::Duration};

use super::{
    effect::{Effect, Moving, Scene, State},
    spec::{Domain, Kind, Parameter, Room},
    target,
};
use crate::{
    Result,
    gpu::{Coding, Gpu, Recorder, Shader, Storage},
    passes::Frame,
    shader, uniform,
};

pub(super) const KIND: Kind = Kind {
    name: "hologram",
    summary: "blue light in flickering rows",
    parameters: &[
        Parameter {
            name: "style",
            summary: "two rows of five are dim, or three of seven, as in the programs of Ben Elder and Linux-Fake-\
                      Background-Webcam",
            domain: Domain::Word(&["elder", "lfbw"]),
        },
        target::PERSON_FIRST,
    ],
    open: false,
    room: Room::Shown,
    make: |values| {
        let (band, gap) = if values.word("style") == "elder" { (2, 3) } else { (3, 4) };
        Ok(Arc::new(Hologram { band, period: band + gap, on: target::number(values.word("on")) }))
    },
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        band: u32,
        period: u32,
        unit: u32,
        on: u32,
        seed: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("effects", "hologram", ["colour", "on", "each"], [64, 1], Params);

#[derive(Debug)]
struct Hologram {
    band: u32,
    period: u32,
    on: u32,
}

impl Effect for Hologram {
    fn hides(&self) -> bool {
        false
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let Self { band, period, on } = *self;
        // The constants are for 720 rows.
        let unit = ((scene.picture.size.height + 360) / 720).max(1);
        let frame = scene.picture.size.into();
        let params =
            Params { coding: scene.picture.coding, frame, band, period, unit, on, seed: 0, padding: 0 };
        let params = rec.updatable_uniform(SHADER.name, params);
        let shown = target::drawn(rec, scene, &SHADER, &[], &params);
        scene.moving.push(Box::new(Flicker(params)));
        Ok(shown)
    }
}

/// Other rows dim in each frame.
#[derive(Debug)]
struct Flicker(Storage);

impl Moving for Flicker {
    fn step(&mut self, gpu: &Gpu, at: Duration) -> Result<State> {
        let seed = at.as_micros() as u32;
        gpu.queue().write_buffer(
            &self.0.buffer,
            std::mem::offset_of!(Params, seed) as u64,
            &seed.to_le_bytes(),
        );
        Ok(State::Sound)
    }
}
