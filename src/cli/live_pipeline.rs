//! The pipeline of a live run, which may print how long its passes took.

use std::time::Duration;

use super::console::print_error;
use crate::{
    Effects, Pipeline, Result, Settings,
    frame::packed::PackedFrame,
    live::{FrameProcessor, RecoveryCheck},
};

/// A pipeline with the settings that it was made from. If its frames are timed, it prints the times at its end.
pub(super) struct LivePipeline {
    pipeline: Pipeline,
    settings: Settings,
    /// Whether the first frame is done, in which drivers compile.
    has_compiled: bool,
}

impl LivePipeline {
    pub(super) fn new(pipeline: Pipeline, settings: Settings) -> Self {
        Self { pipeline, settings, has_compiled: false }
    }

    fn forget_first(&mut self) {
        if !std::mem::replace(&mut self.has_compiled, true) {
            self.pipeline.timings().into_iter().for_each(|timings| timings.clear());
        }
    }
}

impl FrameProcessor for LivePipeline {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        let mask = FrameProcessor::process(&mut self.pipeline, input, at, output)?;
        self.forget_first();
        Ok(mask)
    }

    fn process_frame(
        &mut self,
        input: &[u8],
        at: Duration,
        frame: &mut PackedFrame,
    ) -> Result<Option<Duration>> {
        let mask = FrameProcessor::process_frame(&mut self.pipeline, input, at, frame)?;
        self.forget_first();
        Ok(mask)
    }

    fn adopted(&mut self) {
        self.pipeline.adopted(&self.settings);
    }

    fn switch(&mut self, effects: &Effects) -> bool {
        FrameProcessor::switch(&mut self.pipeline, effects)
    }

    fn switched(&mut self) -> Option<Result<()>> {
        FrameProcessor::switched(&mut self.pipeline)
    }

    fn hides_background(&self) -> Option<bool> {
        FrameProcessor::hides_background(&self.pipeline)
    }

    fn lose(&mut self) -> RecoveryCheck {
        FrameProcessor::lose(&mut self.pipeline)
    }
}

impl Drop for LivePipeline {
    fn drop(&mut self) {
        if let Some(timings) = self.pipeline.timings()
            && timings.rows().next().is_some()
        {
            print_error(format_args!("{timings}"));
        }
    }
}
