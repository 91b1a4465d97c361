use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
};
use crate::{
    Result,
    gpu::{Coding, Extent, Recorder, Shader},
    passes::Frame,
    shader, uniform,
};

/// The views, numbered as in the shader.
const VIEWS: &[&str] = &["mask", "overlay", "side"];

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "mask",
    summary: "the mask itself, for inspection; overlay and side show the background too",
    parameters: &[ParamSpec {
        name: "view",
        summary: "mask is alpha as grey, overlay the picture with the background in red, side both side by side",
        ty: ParamType::Choice(VIEWS),
    }],
    extra_params: false,
    background: BackgroundVisibility::Depends,
    shaders: &[SHADER],
    make: |values| {
        let word = values.choice("view");
        Ok(Arc::new(Mask { view: VIEWS.iter().position(|view| *view == word).unwrap_or_default() as u32 }))
    },
};

uniform! {
    /// `Params` in the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        view: u32,
        padding: u32,
    }
}

const SHADER: Shader = shader!("effects", "mask", ["colour"], [16, 4], Params);

/// Draws the view with this index in [`VIEWS`].
#[derive(Debug)]
struct Mask {
    view: u32,
}

impl Effect for Mask {
    fn hides_background(&self) -> bool {
        self.view == 0
    }

    fn moves_background(&self) -> bool {
        VIEWS[self.view as usize] == "side"
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let picture = &context.picture;
        let shown = rec.storage("shown", picture.words.bytes);
        let params =
            Params { coding: picture.coding, frame: picture.size.into(), view: self.view, padding: 0 };
        let params = rec.uniform(SHADER.name, params);
        let bindings = [&picture.words, &context.alpha.words, &shown, &params];
        rec.dispatch(&SHADER, &bindings.map(|b| b as &dyn crate::gpu::Bind), Extent::Pairs(picture.size));
        Ok(picture.with(shown))
    }
}
