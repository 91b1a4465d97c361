use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    spec::{BackgroundVisibility, EffectSpec},
};
use crate::{Result, gpu::Recorder, passes::Frame};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "none",
    summary: "the camera's bytes, untouched",
    parameters: &[],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[],
    make: |_| Ok(Arc::new(Untouched)),
};

#[derive(Debug)]
struct Untouched;

impl Effect for Untouched {
    fn is_identity(&self) -> bool {
        true
    }

    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, _: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        Ok(context.picture.clone())
    }
}
