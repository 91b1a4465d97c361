use std::sync::Arc;

use super::{
    effect::{Effect, Scene},
    spec::{Kind, Room},
};
use crate::{Result, gpu::Recorder, passes::Frame};

pub(super) const KIND: Kind = Kind {
    name: "none",
    summary: "the camera's bytes, untouched",
    parameters: &[],
    open: false,
    room: Room::Shown,
    make: |_| Ok(Arc::new(Untouched)),
};

#[derive(Debug)]
struct Untouched;

impl Effect for Untouched {
    fn is_untouched(&self) -> bool {
        true
    }

    fn hides(&self) -> bool {
        false
    }

    fn draw(&self, _: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        Ok(scene.picture.clone())
    }
}
