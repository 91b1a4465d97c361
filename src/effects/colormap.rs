use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
    target,
};
use crate::{
    Result,
    gpu::{Coding, Recorder, Shader},
    passes::Frame,
    shader, uniform,
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "colormap",
    summary: "luma as a colour",
    parameters: &[
        ParamSpec {
            name: "map",
            summary: "from dark to light",
            ty: ParamType::Choice(&[
                "viridis", "magma", "inferno", "plasma", "hot", "winter", "night", "sepia", "grey",
                "negative",
            ]),
        },
        target::ALL_FIRST,
    ],
    extra_params: false,
    background: BackgroundVisibility::Shown,
    shaders: &[SHADER],
    make: |values| {
        Ok(Arc::new(Colormap {
            map: map(values.choice("map")),
            target_index: target::index(values.choice("on")),
        }))
    },
};

/// Every 17th of the map's 256 colours, as in the next three. Linear interpolation is at most 7 codes of 255
/// off. Source: matplotlib's colour maps (Smith and van der Walt 2015), CC0.
const VIRIDIS: &[u32] = &[
    0x440154, 0x481a6c, 0x472f7d, 0x414487, 0x39568c, 0x31688e, 0x2a788e, 0x23888e, 0x1f988b, 0x22a884,
    0x35b779, 0x54c568, 0x7ad151, 0xa5db36, 0xd2e21b, 0xfde725,
];
const MAGMA: &[u32] = &[
    0x000004, 0x0b0924, 0x20114b, 0x3b0f70, 0x57157e, 0x721f81, 0x8c2981, 0xa8327d, 0xc43c75, 0xde4968,
    0xf1605d, 0xfa7f5e, 0xfe9f6d, 0xfebf84, 0xfddea0, 0xfcfdbf,
];
const INFERNO: &[u32] = &[
    0x000004, 0x0c0826, 0x240c4f, 0x420a68, 0x5d126e, 0x781c6d, 0x932667, 0xae305c, 0xc73e4c, 0xdd513a,
    0xed6925, 0xf8850f, 0xfca50a, 0xfac62d, 0xf2e661, 0xfcffa4,
];
const PLASMA: &[u32] = &[
    0x0d0887, 0x330597, 0x5002a2, 0x6a00a8, 0x8405a7, 0x9c179e, 0xb12a90, 0xc33d80, 0xd35171, 0xe16462,
    0xed7953, 0xf68f44, 0xfca636, 0xfec029, 0xf9dc24, 0xf0f921,
];
/// A heated body: black, red, yellow, white.
const HOT: &[u32] = &[0x000000, 0xff0000, 0xffff00, 0xffffff];
/// OpenCV's COLORMAP_WINTER: R 0, G i, B 255 - i/2.
const WINTER: &[u32] = &[0x0000ff, 0x00ff80];
/// The green of an image intensifier.
const NIGHT: &[u32] = &[0x000800, 0x0d8a22, 0x9cff8a];
/// A toned print, from its darkest brown to its paper.
const SEPIA: &[u32] = &[0x17100a, 0x6b4a2b, 0xc2a172, 0xfaf0d7];
const GREY: &[u32] = &[0x000000, 0xffffff];
const NEGATIVE: &[u32] = &[0xffffff, 0x000000];

fn map(name: &str) -> &'static [u32] {
    match name {
        "viridis" => VIRIDIS,
        "magma" => MAGMA,
        "inferno" => INFERNO,
        "plasma" => PLASMA,
        "hot" => HOT,
        "winter" => WINTER,
        "night" => NIGHT,
        "sepia" => SEPIA,
        "grey" => GREY,
        "negative" => NEGATIVE,
        other => unreachable!("{other} is no map"),
    }
}

uniform! {
    /// `Params` in the shader.
    Params {
        coding: Coding,
        frame: [u32; 2],
        target_index: u32,
        colours: u32,
    }
}

const SHADER: Shader =
    shader!("effects", "colormap", ["colour", "sample", "parts", "target", "per_pixel"], [64, 1], Params);

#[derive(Debug)]
struct Colormap {
    map: &'static [u32],
    target_index: u32,
}

impl Effect for Colormap {
    fn hides_background(&self) -> bool {
        false
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let params = Params {
            coding: context.picture.coding,
            frame: context.picture.size.into(),
            target_index: self.target_index,
            colours: self.map.len() as u32,
        };
        let colours =
            self.map.iter().flat_map(|code| [16, 8, 0].map(|shift| (code >> shift & 255) as f32 / 255.0));
        let colours = rec.constants("map", &colours.collect::<Vec<_>>());
        let background = target::clean_background(rec, context);
        Ok(target::record_per_pixel(rec, context, &SHADER, &[&background, &colours], params))
    }
}
