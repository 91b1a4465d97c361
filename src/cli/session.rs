//! What the commands share: the GPU with a model on it, output that may be a closed pipe, a progress bar.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{EngineArgs, models, usage};
use crate::{
    Error, Gpu, Pipeline, Result, Settings, gpu,
    model::{Model, Person, Reading},
    pipeline::InputFormat,
    segmenter::Segmenter,
};

/// Prints a line on standard output; a reader that has left ends the command without a complaint.
pub(super) fn say(line: impl Display) -> Result<()> {
    writeln!(io::stdout(), "{line}").map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::BrokenPipe,
        _ => Error::Write { path: "standard output".into(), reason: error.to_string() },
    })
}

impl EngineArgs {
    /// Opens the adapter and puts the model on it; the first run fetches the default model.
    pub(super) fn open(&self) -> Result<(Gpu, Segmenter)> {
        let (gpu, model, reading) = self.find()?;
        let segmenter = Segmenter::load(&gpu, &model, reading, self.engine);
        Ok((gpu, segmenter))
    }

    /// The same, for what the model itself says: see [`Segmenter::exact`].
    pub(super) fn open_exact(&self) -> Result<(Gpu, Segmenter)> {
        let (gpu, model, reading) = self.find()?;
        let segmenter = Segmenter::exact(&gpu, &model, reading, self.engine);
        Ok((gpu, segmenter))
    }

    /// The adapter, and the model with how it is read.
    pub(super) fn find(&self) -> Result<(Gpu, Model, Reading)> {
        let (model, reading) = self.read()?;
        let gpu = Gpu::open(self.adapter.as_deref())?;
        tracing::info!(adapter = gpu.info().name, "opened");
        Ok((gpu, model, reading))
    }

    /// Reads the model, and how its input and output are to be read.
    pub(super) fn read(&self) -> Result<(Model, Reading)> {
        let found = match models::ensure(self.model.as_deref(), true) {
            // Nothing is fetched for a machine that could not use it.
            Err(Error::ModelOffline { .. }) if !self.offline => {
                gpu::adapters()?;
                models::ensure(self.model.as_deref(), false)?
            }
            found => found?,
        };
        let model = Model::open(&found.path)?;
        let known = found.entry.map(|entry| entry.reading).or(model.inferred);
        let reading =
            self.reading.over(known).ok_or_else(|| Error::UnknownReading { path: found.path.clone() })?;
        let channels = model.graph.output_shape().channels as u32;
        if let Person::Softmax { channel } = reading.person
            && channel >= channels
        {
            usage(&format!(
                "--model-output softmax:{channel}: the model has {channels} channels, counted from 0"
            ));
        }
        tracing::info!(model = %found.path.display(), "read");
        Ok((model, reading))
    }
}

impl EngineArgs {
    /// What `settings` ask for, with nothing opened that they do not need.
    pub(super) fn pipeline(&self, settings: &Settings, input_format: InputFormat) -> Result<Pipeline> {
        // Before anything is fetched or opened for a part that is not there.
        let framing = settings.geometry.framing(input_format.size)?;
        if settings.needs_model() {
            let (gpu, segmenter) = self.open()?;
            return Pipeline::with_input(&gpu, segmenter, input_format, settings);
        }
        if framing.is_identity() {
            return Pipeline::passthrough(input_format);
        }
        Pipeline::reframe_only(&Gpu::open(self.adapter.as_deref())?, input_format, settings)
    }
}

/// A bar on a terminal, nothing elsewhere. `frames` is how many there will be, where it is known.
pub(super) fn progress(frames: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match frames {
        Some(frames) => (ProgressBar::new(frames), "{bar:30} {pos}/{len} frames, {per_sec}, {eta} left"),
        None => (ProgressBar::no_length(), "{spinner} {pos} frames, {per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("a fixed template"))
}
