use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
    target,
};
use crate::{
    Result, Size,
    gpu::{Coding, Extent, Plane, Recorder, Shader, WeightedRgb},
    passes::{self, Frame},
    shader, uniform,
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "pixelate",
    summary: "a mosaic of the background, without the person's colours",
    parameters: &[
        ParamSpec {
            name: "size",
            summary: "side of a block in pixels of a 720p frame; below 16 the background does not count as hidden",
            ty: ParamType::Number { range: (4.0, 160.0), default: 32.0 },
        },
        target::BACKGROUND_FIRST,
    ],
    extra_params: false,
    background: BackgroundVisibility::Depends,
    shaders: &[BLOCKS, SHADER],
    make: |values| {
        Ok(Arc::new(Pixelate {
            size: values.number("size"),
            target_index: target::index(values.choice("on")),
        }))
    },
};

/// Blocks of this size leave 80x45 of them, too few to recognise faces or read letters in the background.
const HIDES: f64 = 16.0;

uniform! {
    /// `Params` in both shaders.
    Params {
        coding: Coding,
        frame: [u32; 2],
        side: u32,
        target_index: u32,
    }
}

const BLOCKS: Shader = shader!("effects", "blocks", ["colour", "target"], [64, 1], Params);
const SHADER: Shader = shader!("effects", "pixelate", ["colour", "target", "per_pixel"], [64, 1], Params);

#[derive(Debug)]
struct Pixelate {
    size: f64,
    target_index: u32,
}

impl Effect for Pixelate {
    fn hides_background(&self) -> bool {
        self.size >= HIDES && self.target_index != target::index("person")
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let frame = context.picture.size;
        let side = (self.size * passes::frame_scale(frame)).round().max(2.0) as u32;
        let params = Params {
            coding: context.picture.coding,
            frame: frame.into(),
            side,
            target_index: self.target_index,
        };
        let params = rec.uniform(SHADER.name, params);
        let blocks: Plane<WeightedRgb> =
            rec.plane("blocks", Size::new(frame.width.div_ceil(side), frame.height.div_ceil(side)));
        let groups = Size::new(blocks.size.width * BLOCKS.workgroup[0], blocks.size.height);
        let words = (&context.picture.words, &context.alpha.words);
        rec.dispatch(&BLOCKS, &[words.0, words.1, &blocks, &params], Extent::Each(groups));
        Ok(target::record_per_pixel_with(rec, context, &SHADER, &[&blocks], &params))
    }
}
