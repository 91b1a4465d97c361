//! Shared by the effects that show another picture behind the person: options, upload, and light wrap.

use std::{path::PathBuf, time::Duration};

use super::{
    effect::{Animated, EffectContext, RecordingState},
    spec::{ParamSpec, ParamType, ParamValues},
};
use crate::{
    Colorimetry, Result, Size, Yuyv,
    gpu::{Clock, Gpu, Plane, Recorder, Storage, WeightedRgb},
    passes::{self, Alpha, Blend, Frame, Wrap},
    video::Fit,
};

/// σ, in pixels of a 720p frame, of the blurred background whose colour is removed from the person's edge. It
/// also sets how far the light reaches inwards.
pub(super) const BACKGROUND_SIGMA: f64 = 12.0;
/// σ, in pixels of a 720p frame, of the light: an edge receives light from all around.
const LIGHT_SIGMA: f64 = 24.0;

/// How the picture fills the frame.
const FIT: ParamSpec = ParamSpec {
    name: "fit",
    summary: "how it fills the frame; contain leaves the rest black, tile keeps its own size",
    ty: ParamType::Choice(Fit::NAMES),
};
/// How the picture's light is added to the person.
pub(super) const BLEND: ParamSpec = ParamSpec {
    name: "blend",
    summary: "how its light mixes with the person: screen never reaches white, dodge adds",
    ty: ParamType::Choice(&["screen", "dodge"]),
};

/// How much of the picture's light falls on the person.
pub(super) const fn light_wrap(default: f64) -> ParamSpec {
    ParamSpec {
        name: "wrap",
        summary: "how much of its light falls around the person's edge; 0 is none",
        ty: ParamType::Number { range: (0.0, 1.0), default },
    }
}

/// How far the person comes into the picture's light.
const MATCH: ParamSpec = ParamSpec {
    name: "match",
    summary: "how far the person takes on its brightness and tint; 0 is not at all",
    ty: ParamType::Number { range: (0.0, 1.0), default: 0.3 },
};

/// The parameters of an effect that shows a file; `file` is the help's line about it.
pub(super) const fn file_params(file: &'static str) -> [ParamSpec; 5] {
    [ParamSpec { name: "path", summary: file, ty: ParamType::File }, FIT, light_wrap(0.25), BLEND, MATCH]
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
            replacement: Replacement {
                matching: values.number(MATCH.name),
                ..Replacement::from_values(values)
            },
        }
    }
}

/// The values of [`light_wrap`], [`BLEND`] and, for a file, [`MATCH`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Replacement {
    wrap: f64,
    blend: Blend,
    matching: f64,
}

impl Replacement {
    pub(super) fn from_values(values: &ParamValues) -> Self {
        let blend = if values.choice(BLEND.name) == "dodge" { Blend::Dodge } else { Blend::Screen };
        Self { wrap: values.number("wrap"), blend, matching: 0.0 }
    }

    /// Records a picture that never changes. Its light is computed once, at once.
    pub(super) fn record_still(
        self,
        rec: &mut Recorder<'_>,
        context: &mut EffectContext<'_>,
        picture: &Frame,
    ) -> Frame {
        let mut once = Recorder::new(rec.gpu());
        let light = self.light(&mut once, context, picture);
        once.finish().submit(rec.gpu());
        self.replace(rec, context, picture, light)
    }

    /// Records a picture that changes. Its light is computed in every frame.
    pub(super) fn record_animated(
        self,
        rec: &mut Recorder<'_>,
        context: &mut EffectContext<'_>,
        picture: &Frame,
    ) -> Frame {
        let light = self.light(rec, context, picture);
        self.replace(rec, context, picture, light)
    }

    /// The picture's light, of the size of the blurred background; none if `wrap` is 0.
    fn light(
        self,
        rec: &mut Recorder<'_>,
        context: &EffectContext<'_>,
        picture: &Frame,
    ) -> Option<Plane<WeightedRgb>> {
        (self.wrap > 0.0).then(|| {
            let half = context.half_res.is_some().then(|| passes::halve(rec, picture));
            let picture = half.as_ref().unwrap_or(picture);
            // The picture holds no person: alpha 0, which a new buffer has.
            let nobody = Alpha { words: rec.storage("nobody", picture.words.bytes), size: picture.size };
            let side = passes::backdrop_side(BACKGROUND_SIGMA, picture.size);
            let small = passes::background(rec, picture, &nobody, side, None);
            passes::blur(rec, &small, passes::frame_sigma(LIGHT_SIGMA, picture.size) / f64::from(side)).plane
        })
    }

    fn replace(
        self,
        rec: &mut Recorder<'_>,
        context: &mut EffectContext<'_>,
        picture: &Frame,
        light: Option<Plane<WeightedRgb>>,
    ) -> Frame {
        let (source, alpha) = context.blur_source();
        let background = passes::backdrop(rec, source, alpha, BACKGROUND_SIGMA);
        let wrap = light.as_ref().map(|light| Wrap { light, strength: self.wrap, blend: self.blend });
        let gains = self.gains(rec, context, picture);
        let frame = context.unmixed(rec, &background);
        passes::replace(rec, &frame, context.alpha, &background, picture, wrap, &gains)
    }

    /// The gains of the person's R', G' and B'.
    fn gains(self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>, picture: &Frame) -> Storage {
        if self.matching == 0.0 {
            return rec.constants("light", &[1.0; passes::LIGHT_BYTES as usize / 4]);
        }
        let light = rec.storage("light", passes::LIGHT_BYTES);
        let clock = Clock::new(rec.gpu());
        let EffectContext { picture: frame, alpha, .. } = &*context;
        passes::light_match(rec, frame, alpha, picture, self.matching, &clock.seconds, &light);
        context.animated.push(Box::new(clock));
        light
    }
}

impl Animated for Clock {
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        self.step(gpu, at);
        Ok(RecordingState::Current)
    }
}

/// Uploads a picture in 8-bit R'G'B', of the size and colorimetry of `like`.
pub(super) fn upload(gpu: &Gpu, like: &Frame, rgb: &[u8]) -> Frame {
    upload_codes(gpu, like, &coded(like.size, like.colorimetry, rgb))
}

/// The same from YUYV.
pub(super) fn upload_codes(gpu: &Gpu, like: &Frame, yuyv: &[u8]) -> Frame {
    let words = Storage::new(gpu, "picture", like.words.bytes);
    gpu.queue().write_buffer(&words.buffer, 0, yuyv);
    like.with(words)
}

fn coded(size: Size, colorimetry: Colorimetry, rgb: &[u8]) -> Vec<u8> {
    Yuyv::from_rgb8(size, colorimetry, rgb).bytes
}
