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
    name: "cartoon",
    summary: "flat areas of few colours, with lines between them",
    parameters: &[
        Parameter {
            name: "levels",
            summary: "steps from black to white",
            domain: Domain::Number { range: (2.0, 32.0), default: 10.0 },
        },
        Parameter {
            name: "lines",
            summary: "how dark the lines are",
            domain: Domain::Number { range: (0.0, 1.0), default: 0.8 },
        },
        target::ALL_FIRST,
    ],
    open: false,
    room: Room::Shown,
    make: |values| {
        Ok(Arc::new(Cartoon {
            levels: values.number("levels").round(),
            lines: values.number("lines"),
            on: target::number(values.word("on")),
        }))
    },
};

uniform! {
    /// See the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        on: u32,
        lines: f32,
        levels: f32,
        padding_a: u32,
        padding_b: u32,
        padding_c: u32,
    }
}

pub(super) const SHADER: Shader =
    shader!("effects", "cartoon", ["colour", "on", "sobel", "each"], [64, 1], Params);

#[derive(Debug)]
struct Cartoon {
    levels: f64,
    lines: f64,
    on: u32,
}

impl Effect for Cartoon {
    fn hides(&self) -> bool {
        false
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let params = Params {
            coding: scene.picture.coding,
            frame: scene.picture.size.into(),
            on: self.on,
            lines: self.lines as f32,
            levels: self.levels as f32,
            padding_a: 0,
            padding_b: 0,
            padding_c: 0,
        };
        let params = rec.uniform(SHADER.name, params);
        Ok(target::drawn(rec, scene, &SHADER, &[], &params))
    }
}
