use std::sync::Arc;

use super::{
    effect::{Effect, EffectContext},
    replacement::{self, FileOptions},
    spec::{BackgroundVisibility, EffectSpec},
};
use crate::{
    Result,
    gpu::Recorder,
    passes::Frame,
    video::{
        fit::fitted,
        picture::{check, read},
    },
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "image",
    summary: "a picture instead of the background",
    parameters: &replacement::file_params("PNG, JPEG or WebP; black shows through what is transparent in it"),
    extra_params: false,
    background: BackgroundVisibility::Hidden,
    shaders: &[],
    make: |values| {
        let options = FileOptions::from_values(values);
        check(&options.path)?;
        Ok(Arc::new(Image(options)))
    },
};

#[derive(Debug)]
struct Image(FileOptions);

impl Effect for Image {
    fn hides_background(&self) -> bool {
        true
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let rgb = fitted(&read(&self.0.path)?, context.picture.size, self.0.fit);
        let picture = replacement::upload(rec.gpu(), &context.picture, &rgb);
        Ok(self.0.replacement.record_still(rec, context, &picture))
    }
}
