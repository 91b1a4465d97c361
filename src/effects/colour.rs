use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    replacement::{self, Replacement},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
};
use crate::{Result, gpu::Recorder, passes::Frame};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "colour",
    summary: "one colour instead of the background: a green screen for other programs",
    parameters: &[
        ParamSpec {
            name: "colour",
            summary: "the colour, exact wherever no person is",
            ty: ParamType::Colour { default: [0x00, 0xb1, 0x40] },
        },
        replacement::light_wrap(0.0),
        replacement::BLEND,
    ],
    extra_params: false,
    background: BackgroundVisibility::Hidden,
    shaders: &[],
    make: |values| {
        Ok(Arc::new(Colour { rgb: values.colour("colour"), replacement: Replacement::from_values(values) }))
    },
};

#[derive(Debug)]
struct Colour {
    rgb: [u8; 3],
    replacement: Replacement,
}

impl Effect for Colour {
    fn hides_background(&self) -> bool {
        true
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let rgb = self.rgb.repeat(context.picture.size.area());
        let picture = replacement::upload(rec.gpu(), &context.picture, &rgb);
        Ok(self.replacement.record_still(rec, context, &picture))
    }
}
