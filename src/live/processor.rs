//! What makes frames that may be shown out of frames of the source.

use std::time::Duration;

use super::pacing::{Luxuries, PacingRules};
use crate::{Effects, Gpu, Pipeline, Result, frame::packed::PackedFrame, pipeline::InputFormat};

/// Makes a frame that may be shown out of a frame of the source.
pub trait FrameProcessor {
    /// Fills `output` from `input`, one frame of the source in its layout, captured at `at` on CLOCK_MONOTONIC. `output`
    /// is a packed YUYV frame of the loop's size: Y0 Cb Y1 Cr of each pair of pixels, in the source's colorimetry.
    /// Returns the timestamp of the frame that the mask came from, or none if there was no valid mask.
    ///
    /// # Errors
    /// Any; `output` is then not shown.
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>>;

    /// Like [`FrameProcessor::process`], in all packings that `frame` wants.
    ///
    /// # Errors
    /// Any; `frame` is then not shown.
    #[doc(hidden)]
    fn process_frame(
        &mut self,
        input: &[u8],
        at: Duration,
        frame: &mut PackedFrame,
    ) -> Result<Option<Duration>> {
        let mask = self.process(input, at, frame.parts_mut().0)?;
        frame.pack_nv12();
        Ok(mask)
    }

    /// What it makes is shown from now on. A processor of which this is not said only rehearses: it must change nothing
    /// outside of itself.
    #[doc(hidden)]
    fn adopted(&mut self) {}

    /// Replaces the effects: another thread prepares them, and one of the next frames is the first with them.
    /// False if that takes another processor.
    #[doc(hidden)]
    fn switch(&mut self, effects: &Effects) -> bool {
        let _ = effects;
        false
    }

    /// How the last [`FrameProcessor::switch`] ended; once, and with the first frame that was drawn with the new
    /// effects. After an error the ones before are drawn on.
    #[doc(hidden)]
    fn switched(&mut self) -> Option<Result<()>> {
        None
    }

    /// Whether the effects that the last frame was drawn with hide the background; none if they never change.
    #[doc(hidden)]
    fn hides_background(&self) -> Option<bool> {
        None
    }

    /// What it may give up while it is too slow for the camera, and what it has given up.
    #[doc(hidden)]
    fn luxuries(&self) -> Luxuries {
        Luxuries::default()
    }

    /// Makes processors of the same picture that give up this, a bit for each of [`FrameProcessor::luxuries`].
    #[doc(hidden)]
    fn without(&self, given_up: u32) -> Option<ProcessorFactory> {
        let _ = given_up;
        None
    }

    /// How fast to decide what to give up.
    #[doc(hidden)]
    fn pacing_rules(&self) -> PacingRules {
        PacingRules::default()
    }

    /// Its GPU was lost or hangs: whatever it shares with others of its factory must not be used again. What this returns
    /// tells when the processor can be freed without waiting for the GPU.
    #[doc(hidden)]
    fn lose(&mut self) -> RecoveryCheck {
        Box::new(|| false)
    }
}

/// Whether a GPU that hung has done its work meanwhile. Does not wait.
#[doc(hidden)]
pub type RecoveryCheck = Box<dyn Fn() -> bool>;

impl FrameProcessor for Pipeline {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        // The mask always belongs to the same frame. A value in it that is not finite counts as background.
        Pipeline::process(self, input, at, output).map(|()| Some(at))
    }

    fn process_frame(
        &mut self,
        input: &[u8],
        at: Duration,
        frame: &mut PackedFrame,
    ) -> Result<Option<Duration>> {
        Pipeline::process_frame(self, input, at, frame).map(|()| Some(at))
    }

    fn switch(&mut self, effects: &Effects) -> bool {
        Pipeline::switch(self, effects.clone())
    }

    fn switched(&mut self) -> Option<Result<()>> {
        Pipeline::switched(self)
    }

    fn hides_background(&self) -> Option<bool> {
        Some(Pipeline::hides_background(self))
    }

    fn lose(&mut self) -> RecoveryCheck {
        let gpu = self.gpu().cloned();
        gpu.iter().for_each(Gpu::mark_lost);
        Box::new(move || gpu.as_ref().is_none_or(Gpu::is_idle))
    }
}

/// Makes a [`FrameProcessor`]; called again after the GPU is lost or when the camera's layout changes. What it compiled
/// once should not take time again while one of its processors lives.
pub type ProcessorFactory = Box<dyn FnMut(InputFormat) -> Result<Box<dyn FrameProcessor>> + Send>;
