//! Opens the models, the GPU and the pipeline that the command line names.

use std::sync::Once;

use super::{args::EngineArgs, console::show_compiling, hint::sentence, models};
use crate::{
    Gpu, Look, ModelError, Pipeline, Result, Settings, gpu,
    model::{Model, OutputDecoding, Reading, catalogue},
    pipeline::InputFormat,
    segmenter::{InferenceEngine, Segmenter},
};

/// A model, and how to interpret its input and output.
pub(super) type ReadModel = (Model, Reading);

impl EngineArgs {
    /// Opens the adapter and loads the models for `settings` onto it. The first run fetches the default ones.
    pub(super) fn open(&self, settings: &Settings) -> Result<(Gpu, Segmenter)> {
        let (gpu, model, reading) = self.find()?;
        let second = self.second(&gpu, settings);
        let segmenter = self.load(&gpu, &(model, reading), second.as_ref());
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
        let gpu = self.adapter.open_for(self.engine)?;
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
        // No usage error that would end the program: a running one may be asked for another model.
        let no_channel = |name: &str, channel: u32| ModelError::NoChannel {
            reading: format!("{name}:{channel}"),
            channels,
        };
        match reading.person {
            OutputDecoding::Softmax { channel } if channel >= channels => {
                return Err(no_channel("softmax", channel).into());
            }
            OutputDecoding::Background { channel } if channel >= channels => {
                return Err(no_channel("background", channel).into());
            }
            OutputDecoding::Probability | OutputDecoding::Logit if channels > 1 => {
                return Err(ModelError::SeveralChannels { channels }.into());
            }
            _ => {}
        }
        tracing::info!(model = %found.path.display(), "read");
        Ok((model, reading))
    }

    /// Makes the pipeline for `settings` and opens nothing that they do not need.
    pub(super) fn pipeline(&self, settings: &Settings, input_format: InputFormat) -> Result<Pipeline> {
        // A crop outside the frame fails before anything is fetched or opened.
        let framing = settings.geometry.framing(input_format.size)?;
        if settings.needs_model() {
            let (gpu, segmenter) = self.open(settings)?;
            return Pipeline::with_input(&gpu, segmenter, input_format, settings);
        }
        if framing.is_identity() {
            return Pipeline::passthrough(input_format);
        }
        Pipeline::reframe_only(&self.adapter.open()?, input_format, settings)
    }

    /// Reads the model of the second look, and fetches it if need be; none where frames are looked at once. Without it
    /// they are too, which is said once.
    pub(super) fn second(&self, gpu: &Gpu, settings: &Settings) -> Option<ReadModel> {
        static SAID: Once = Once::new();
        if !settings.looks_twice(gpu) {
            return None;
        }
        if self.engine == InferenceEngine::Burn {
            if settings.look == Look::Twice {
                SAID.call_once(|| {
                    tracing::warn!("--look twice needs --engine fast: with burn the model looks once");
                });
            }
            return None;
        }
        let read = self.read_second();
        if let Err(error) = &read {
            let why = sentence(error);
            SAID.call_once(|| tracing::warn!("the model looks once, for the second one is missing: {why}"));
        }
        read.ok()
    }

    fn read_second(&self) -> Result<ReadModel> {
        let entry = catalogue::second();
        let found = models::ensure(Some(&entry.name), self.offline)?;
        Ok((Model::open(&found.path)?, entry.reading))
    }

    /// Uploads a model, and the one of the second look.
    pub(super) fn load(&self, gpu: &Gpu, first: &ReadModel, second: Option<&ReadModel>) -> Segmenter {
        Segmenter::load_with_second(gpu, first, second, self.engine)
    }
}
