use std::sync::Arc;

use super::{Behind, Effect, Kind, Parameter, Scene};
use crate::{gpu::Recorder, passes};

pub(super) const KIND: Kind = Kind {
    name: "blur",
    summary: "the room, blurred, with no halo of the person",
    parameters: &[Parameter {
        name: "strength",
        summary: "σ of the blur in pixels of a 720p frame; 0 leaves the frame untouched",
        range: (0.0, 40.0),
        default: 12.0,
    }],
    make: |values| Arc::new(Blur { strength: values[0] }),
};

#[derive(Debug)]
struct Blur {
    strength: f64,
}

impl Effect for Blur {
    fn is_untouched(&self) -> bool {
        self.strength == 0.0
    }

    fn behind(&self, rec: &mut Recorder<'_>, scene: &Scene<'_>) -> Behind {
        let room = passes::backdrop(rec, scene.frame, scene.alpha, self.strength);
        Behind { shown: room.clone(), room }
    }
}
