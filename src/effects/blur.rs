use std::sync::Arc;

use super::{
    effect::{Effect, Scene},
    spec::{Domain, Kind, Parameter, Room},
};
use crate::{
    Result,
    gpu::Recorder,
    passes::{self, Frame},
};

pub(super) const KIND: Kind = Kind {
    name: "blur",
    summary: "the room, blurred, with no halo of the person",
    parameters: &[
        Parameter {
            name: "strength",
            summary: "σ of the blur in pixels of a 720p frame; 0 leaves the frame untouched",
            domain: Domain::Number { range: (0.0, 40.0), default: 12.0 },
        },
        Parameter {
            name: "shape",
            summary: "what a point of light becomes: a soft spot, or a disc as in a wide open lens",
            domain: Domain::Word(&["gauss", "disc"]),
        },
    ],
    open: false,
    room: Room::Hidden,
    make: |values| {
        Ok(Arc::new(Blur { strength: values.number("strength"), disc: values.word("shape") == "disc" }))
    },
};

#[derive(Debug)]
struct Blur {
    strength: f64,
    disc: bool,
}

impl Effect for Blur {
    fn is_untouched(&self) -> bool {
        self.strength == 0.0
    }

    fn hides(&self) -> bool {
        true
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let blurred = if self.disc { passes::bokeh } else { passes::blurred };
        let (picture, alpha) = scene.to_blur();
        let room = blurred(rec, picture, alpha, self.strength).times(scene.shrunk());
        Ok(passes::composite(rec, &scene.picture, scene.alpha, &room))
    }
}
