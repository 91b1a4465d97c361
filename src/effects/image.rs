use std::{path::PathBuf, sync::Arc};

use super::{
    effect::{Effect, EffectContext},
    replacement::{self, Replacement},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
};
use crate::{
    Result,
    gpu::Recorder,
    passes::Frame,
    video::{
        Fit,
        fit::fitted,
        picture::{check, read},
    },
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "image",
    summary: "a picture instead of the room",
    parameters: &[
        ParamSpec {
            name: "path",
            summary: "PNG, JPEG or WebP; black shows through what is transparent in it",
            ty: ParamType::File,
        },
        replacement::FIT,
        replacement::light_wrap(0.25),
        replacement::BLEND,
    ],
    extra_params: false,
    background: BackgroundVisibility::Hidden,
    make: |values| {
        let path = values.file("path");
        check(&path)?;
        Ok(Arc::new(Image {
            path,
            fit: Fit::of(values.choice("fit")).unwrap_or_default(),
            replacement: Replacement::from_values(values),
        }))
    },
};

#[derive(Debug)]
struct Image {
    path: PathBuf,
    fit: Fit,
    replacement: Replacement,
}

impl Effect for Image {
    fn hides_background(&self) -> bool {
        true
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let rgb = fitted(&read(&self.path)?, context.picture.size, self.fit);
        let picture = replacement::upload(rec.gpu(), &context.picture, &rgb);
        Ok(self.replacement.record_still(rec, context, &picture))
    }
}
