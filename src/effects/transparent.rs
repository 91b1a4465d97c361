use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    replacement::BACKGROUND_SIGMA,
    spec::{BackgroundVisibility, EffectSpec},
};
use crate::{Result, gpu::Recorder, passes, passes::Frame};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "transparent",
    summary: "nothing behind the person: a .png or .webp with alpha",
    parameters: &[],
    extra_params: false,
    background: BackgroundVisibility::Hidden,
    shaders: &[],
    make: |_| Ok(Arc::new(Transparent)),
};

#[derive(Debug)]
struct Transparent;

impl Effect for Transparent {
    fn hides_background(&self) -> bool {
        true
    }

    fn is_transparent(&self) -> bool {
        true
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let (picture, alpha) = context.blur_source();
        let background = passes::backdrop(rec, picture, alpha, BACKGROUND_SIGMA);
        let frame = context.unmixed(rec, &background);
        Ok(passes::cutout(rec, &frame, context.alpha, &background))
    }
}
