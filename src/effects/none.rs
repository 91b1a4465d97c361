use std::sync::Arc;

use super::{Behind, Effect, Kind, Scene};
use crate::gpu::Recorder;

pub(super) const KIND: Kind = Kind {
    name: "none",
    summary: "the camera's bytes, untouched",
    parameters: &[],
    make: |_| Arc::new(Untouched),
};

#[derive(Debug)]
struct Untouched;

impl Effect for Untouched {
    fn is_untouched(&self) -> bool {
        true
    }

    fn behind(&self, _: &mut Recorder<'_>, _: &Scene<'_>) -> Behind {
        unreachable!("an untouched frame is not drawn")
    }
}
