use std::sync::Arc;

use super::{
    effect::{Effect, Scene},
    spec::{Domain, Kind, Parameter, Room},
    target,
};
use crate::{
    Result,
    gpu::{Coding, Recorder, Shader},
    passes::Frame,
    shader, uniform,
};

pub(super) const KIND: Kind = Kind {
    name: "light",
    summary: "the person or the room lighter or darker, in stops as a photographer counts: +1 is twice the light",
    parameters: &[
        Parameter { name: "person", summary: "stops", domain: STOPS },
        Parameter { name: "background", summary: "stops", domain: STOPS },
    ],
    open: false,
    room: Room::Shown,
    make: |values| {
        Ok(Arc::new(Light { person: values.number("person"), background: values.number("background") }))
    },
};

const STOPS: Domain = Domain::Number { range: (-4.0, 4.0), default: 0.0 };

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        person: f32,
        room: f32,
    }
}

pub(super) const SHADER: Shader =
    shader!("effects", "light", ["colour", "sample", "parts", "each"], [64, 1], Params);

#[derive(Debug)]
struct Light {
    person: f64,
    background: f64,
}

impl Effect for Light {
    fn is_untouched(&self) -> bool {
        self.person == 0.0 && self.background == 0.0
    }

    fn hides(&self) -> bool {
        false
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let gain = |stops: f64| (stops / 2.2).exp2() as f32;
        let params = Params {
            coding: scene.picture.coding,
            frame: scene.picture.size.into(),
            person: gain(self.person),
            room: gain(self.background),
        };
        let params = rec.uniform(SHADER.name, params);
        let behind = target::behind(rec, scene);
        Ok(target::drawn(rec, scene, &SHADER, &[&behind], &params))
    }
}
