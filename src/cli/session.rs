//! Opens the model, the GPU and the pipeline that the command line names.

use super::{
    args::EngineArgs,
    console::{show_compiling, usage_error},
    models,
};
use crate::{
    Gpu, ModelError, Pipeline, Result, Settings, gpu,
    model::{Model, OutputDecoding, Reading},
    pipeline::InputFormat,
    segmenter::Segmenter,
};

impl EngineArgs {
    /// Opens the adapter and loads the model onto it. The first run fetches the default model.
    pub(super) fn open(&self) -> Result<(Gpu, Segmenter)> {
        let (gpu, model, reading) = self.find()?;
        let segmenter = Segmenter::load(&gpu, &model, reading, self.engine);
        Ok((gpu, segmenter))
    }

    /// The same, for the model's exact output; see [`Segmenter::load_exact`].
    pub(super) fn open_exact(&self) -> Result<(Gpu, Segmenter)> {
        let (gpu, model, reading) = self.find()?;
        let segmenter = Segmenter::load_exact(&gpu, &model, reading, self.engine);
        Ok((gpu, segmenter))
    }

    /// Opens the adapter and reads the model file.
    pub(super) fn find(&self) -> Result<(Gpu, Model, Reading)> {
        let (model, reading) = self.read()?;
        let gpu = self.adapter.open()?;
        show_compiling(&gpu);
        Ok((gpu, model, reading))
    }

    /// Reads the model file, and finds out how to interpret its input and output.
    pub(super) fn read(&self) -> Result<(Model, Reading)> {
        let found = match models::ensure(self.model.as_deref(), true) {
            // Nothing is fetched for a machine without an adapter.
            Err(ModelError::Offline { .. }) if !self.offline => {
                gpu::adapters()?;
                models::ensure(self.model.as_deref(), false)?
            }
            found => found?,
        };
        let model = Model::open(&found.path)?;
        let known = found.entry.map(|entry| entry.reading).or(model.inferred);
        let reading = self
            .reading
            .override_reading(known)
            .ok_or_else(|| ModelError::UnknownReading { path: found.path.clone() })?;
        let channels = model.graph.output_shape().channels as u32;
        if let OutputDecoding::Softmax { channel } = reading.person
            && channel >= channels
        {
            usage_error(&format!(
                "--model-output softmax:{channel}: the model has {channels} channels, counted from 0"
            ));
        }
        tracing::info!(model = %found.path.display(), "read");
        Ok((model, reading))
    }

    /// Makes the pipeline for `settings` and opens nothing that they do not need.
    pub(super) fn pipeline(&self, settings: &Settings, input_format: InputFormat) -> Result<Pipeline> {
        // A crop outside the frame fails before anything is fetched or opened.
        let framing = settings.geometry.framing(input_format.size)?;
        if settings.needs_model() {
            let (gpu, segmenter) = self.open()?;
            return Pipeline::with_input(&gpu, segmenter, input_format, settings);
        }
        if framing.is_identity() {
            return Pipeline::passthrough(input_format);
        }
        Pipeline::reframe_only(&self.adapter.open()?, input_format, settings)
    }
}
