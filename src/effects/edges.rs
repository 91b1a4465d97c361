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
    name: "edges",
    summary: "a drawing: lines on paper",
    parameters: &[
        Parameter {
            name: "strength",
            summary: "how dark a line is for a change of luma",
            domain: Domain::Number { range: (0.5, 20.0), default: 4.0 },
        },
        Parameter {
            name: "ink",
            summary: "the lines",
            domain: Domain::Colour { default: [0x22, 0x20, 0x2a] },
        },
        Parameter {
            name: "paper",
            summary: "what they are on",
            domain: Domain::Colour { default: [0xf7, 0xf4, 0xec] },
        },
        target::ALL_FIRST,
    ],
    open: false,
    room: Room::Shown,
    make: |values| {
        Ok(Arc::new(Edges {
            strength: values.number("strength"),
            ink: values.colour("ink"),
            paper: values.colour("paper"),
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
        strength: f32,
        ink: [f32; 4],
        paper: [f32; 4],
    }
}

pub(super) const SHADER: Shader =
    shader!("effects", "edges", ["colour", "on", "sobel", "each"], [64, 1], Params);

#[derive(Debug)]
struct Edges {
    strength: f64,
    ink: [u8; 3],
    paper: [u8; 3],
    on: u32,
}

impl Effect for Edges {
    fn hides(&self) -> bool {
        false
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let params = Params {
            coding: scene.picture.coding,
            frame: scene.picture.size.into(),
            on: self.on,
            strength: self.strength as f32,
            ink: target::rgb(self.ink),
            paper: target::rgb(self.paper),
        };
        let params = rec.uniform(SHADER.name, params);
        Ok(target::drawn(rec, scene, &SHADER, &[], &params))
    }
}
