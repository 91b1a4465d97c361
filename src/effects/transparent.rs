use std::sync::Arc;

use super::{
    effect::{Effect, Scene},
    replacement::ROOM,
    spec::{Kind, Room},
};
use crate::{Result, gpu::Recorder, passes, passes::Frame};

pub(super) const KIND: Kind = Kind {
    name: "transparent",
    summary: "nothing behind the person: a .png or .webp with alpha",
    parameters: &[],
    open: false,
    room: Room::Hidden,
    make: |_| Ok(Arc::new(Transparent)),
};

#[derive(Debug)]
struct Transparent;

impl Effect for Transparent {
    fn hides(&self) -> bool {
        true
    }

    fn is_transparent(&self) -> bool {
        true
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let (picture, alpha) = scene.to_blur();
        let room = passes::backdrop(rec, picture, alpha, ROOM);
        Ok(passes::cutout(rec, &scene.picture, scene.alpha, &room))
    }
}
