//! What the effects have in common that show another picture behind the person.

use std::path::PathBuf;

use super::{
    effect::EffectContext,
    spec::{ParamSpec, ParamType, ParamValues},
};
use crate::{
    Colorimetry, Size, Yuyv,
    gpu::{Gpu, Plane, Recorder, Storage, WeightedRgb},
    passes::{self, Alpha, Blend, Frame, Wrap},
    video::Fit,
};

/// σ in pixels of a frame 720 rows high: of the room that is taken out of the person's edge, and with that of how far
/// inwards the light reaches.
pub(super) const BACKGROUND_SIGMA: f64 = 12.0;
/// The same, of the light: what falls on an edge comes from all around.
const LIGHT_SIGMA: f64 = 24.0;

/// How a picture fills the frame.
const FIT: ParamSpec = ParamSpec {
    name: "fit",
    summary: "how it fills the frame; contain leaves the rest black, tile takes it as large as it is",
    ty: ParamType::Choice(Fit::NAMES),
};
/// How its light is laid on.
pub(super) const BLEND: ParamSpec = ParamSpec {
    name: "blend",
    summary: "how its light is laid on the person: screen never reaches white, dodge adds",
    ty: ParamType::Choice(&["screen", "dodge"]),
};

/// How much of its light is laid on.
pub(super) const fn light_wrap(default: f64) -> ParamSpec {
    ParamSpec {
        name: "wrap",
        summary: "how much of its light falls around the person's edge; 0 is none",
        ty: ParamType::Number { range: (0.0, 1.0), default },
    }
}

/// The parameters of an effect that shows a file behind the person; `file` says which files.
pub(super) const fn file_params(file: &'static str) -> [ParamSpec; 4] {
    [ParamSpec { name: "path", summary: file, ty: ParamType::File }, FIT, light_wrap(0.25), BLEND]
}

/// The values of [`file_params`].
#[derive(Debug)]
pub(super) struct FileOptions {
    pub(super) path: PathBuf,
    pub(super) fit: Fit,
    pub(super) replacement: Replacement,
}

impl FileOptions {
    pub(super) fn from_values(values: &ParamValues) -> Self {
        Self {
            path: values.file("path"),
            fit: Fit::from_name(values.choice(FIT.name)).unwrap_or_default(),
            replacement: Replacement::from_values(values),
        }
    }
}

/// The values of [`light_wrap`] and [`BLEND`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Replacement {
    wrap: f64,
    blend: Blend,
}

impl Replacement {
    pub(super) fn from_values(values: &ParamValues) -> Self {
        let blend = if values.choice(BLEND.name) == "dodge" { Blend::Dodge } else { Blend::Screen };
        Self { wrap: values.number("wrap"), blend }
    }

    /// A picture that stays as it is: its light is made here and now, once.
    pub(super) fn record_still(
        self,
        rec: &mut Recorder<'_>,
        context: &EffectContext<'_>,
        picture: &Frame,
    ) -> Frame {
        let mut once = Recorder::new(rec.gpu());
        let light = self.light(&mut once, context, picture);
        once.finish().submit(rec.gpu());
        self.replace(rec, context, picture, light)
    }

    /// A picture that changes: its light is made for every frame.
    pub(super) fn record_animated(
        self,
        rec: &mut Recorder<'_>,
        context: &EffectContext<'_>,
        picture: &Frame,
    ) -> Frame {
        let light = self.light(rec, context, picture);
        self.replace(rec, context, picture, light)
    }

    /// As large as the blurred room.
    fn light(
        self,
        rec: &mut Recorder<'_>,
        context: &EffectContext<'_>,
        picture: &Frame,
    ) -> Option<Plane<WeightedRgb>> {
        (self.wrap > 0.0).then(|| {
            let half = context.half_res.is_some().then(|| passes::halve(rec, picture));
            let picture = half.as_ref().unwrap_or(picture);
            // Nobody is in it. New buffers hold zeros.
            let nobody = Alpha { words: rec.storage("nobody", picture.words.bytes), size: picture.size };
            let side = passes::backdrop_side(BACKGROUND_SIGMA, picture.size);
            let small = passes::background(rec, picture, &nobody, side);
            passes::blur(rec, &small, passes::frame_sigma(LIGHT_SIGMA, picture.size) / f64::from(side)).plane
        })
    }

    fn replace(
        self,
        rec: &mut Recorder<'_>,
        context: &EffectContext<'_>,
        picture: &Frame,
        light: Option<Plane<WeightedRgb>>,
    ) -> Frame {
        let (seen, alpha) = context.blur_source();
        let room = passes::backdrop(rec, seen, alpha, BACKGROUND_SIGMA);
        let wrap = light.as_ref().map(|light| Wrap { light, strength: self.wrap, blend: self.blend });
        passes::replace(rec, &context.picture, context.alpha, &room, picture, wrap)
    }
}

/// A picture of `like`'s size and colorimetry on the GPU, from 8-bit R'G'B'.
pub(super) fn upload(gpu: &Gpu, like: &Frame, rgb: &[u8]) -> Frame {
    upload_codes(gpu, like, &coded(like.size, like.colorimetry, rgb))
}

/// The same, from YUYV.
pub(super) fn upload_codes(gpu: &Gpu, like: &Frame, yuyv: &[u8]) -> Frame {
    let words = Storage::new(gpu, "picture", like.words.bytes);
    gpu.queue().write_buffer(&words.buffer, 0, yuyv);
    like.with(words)
}

fn coded(size: Size, colorimetry: Colorimetry, rgb: &[u8]) -> Vec<u8> {
    Yuyv::from_rgb8(size, colorimetry, rgb).bytes
}
