use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
};
use crate::{
    Result,
    gpu::Recorder,
    passes::{self, Frame},
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "blur",
    summary: "the background, blurred, without a halo around the person",
    parameters: &[
        ParamSpec {
            name: "strength",
            summary: "σ of the blur in pixels of a 720p frame; below 5 the background can be recognised, 0 leaves the \
                      frame untouched",
            ty: ParamType::Number { range: (0.0, 40.0), default: 12.0 },
        },
        ParamSpec {
            name: "shape",
            summary: "what a point of light becomes: a soft spot, or a disc as from a wide-open lens",
            ty: ParamType::Choice(&["gauss", "disc"]),
        },
    ],
    extra_params: false,
    background: BackgroundVisibility::Hidden,
    shaders: &[],
    make: |values| {
        Ok(Arc::new(Blur { strength: values.number("strength"), disc: values.choice("shape") == "disc" }))
    },
};

/// A weaker blur leaves letters and faces. It takes away as much as blocks of 16 pixels, from which on `pixelate` counts as
/// hiding: a box of that side has a standard deviation of 16/√12.
pub(super) const HIDES: f64 = 5.0;

#[derive(Debug)]
struct Blur {
    strength: f64,
    disc: bool,
}

impl Effect for Blur {
    fn is_identity(&self) -> bool {
        self.strength == 0.0
    }

    fn hides_background(&self) -> bool {
        true
    }

    fn hides_weakly(&self) -> bool {
        self.strength < HIDES
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let blurred = if self.disc { passes::bokeh } else { passes::blurred };
        let (picture, alpha) = context.blur_source();
        let background =
            blurred(rec, picture, alpha, self.strength, context.room).times(context.blur_scale());
        Ok(passes::composite(rec, &context.picture, context.alpha, &background, context.room_of_frame()))
    }
}
