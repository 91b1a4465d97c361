use std::sync::Arc;

use super::{
    effect::{Effect, Scene},
    replacement::{self, Behind},
    spec::{Domain, Kind, Parameter, Room},
};
use crate::{Result, gpu::Recorder, passes::Frame};

pub(super) const KIND: Kind = Kind {
    name: "colour",
    summary: "one colour instead of the room: a green screen for other programs",
    parameters: &[
        Parameter {
            name: "colour",
            summary: "the colour, to the exact code wherever no person is",
            domain: Domain::Colour { default: [0x00, 0xb1, 0x40] },
        },
        replacement::wrap(0.0),
        replacement::BLEND,
    ],
    open: false,
    room: Room::Hidden,
    make: |values| Ok(Arc::new(Colour { rgb: values.colour("colour"), behind: Behind::of(values) })),
};

#[derive(Debug)]
struct Colour {
    rgb: [u8; 3],
    behind: Behind,
}

impl Effect for Colour {
    fn hides(&self) -> bool {
        true
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let rgb = self.rgb.repeat(scene.picture.size.area());
        let picture = replacement::upload(rec.gpu(), &scene.picture, &rgb);
        Ok(self.behind.still(rec, scene, &picture))
    }
}
