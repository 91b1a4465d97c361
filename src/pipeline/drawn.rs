//! Frames for a window: they stay on the GPU, which draws them.

use std::time::Duration;

use super::{Pipeline, Work};
use crate::{
    Result,
    passes::{Alpha, Frame},
};

/// What the last frame made, on the GPU until the next one is drawn.
#[derive(Clone, Debug)]
pub struct DrawnFrame {
    /// The camera's picture, turned and cropped.
    pub before: Frame,
    /// The picture that the effects made of it.
    pub after: Frame,
    /// Whether that is the person alone, not multiplied by alpha.
    pub is_transparent: bool,
    /// How much of each pixel is person.
    pub alpha: Alpha,
}

impl Pipeline {
    /// Draws the frame `input`, captured at `at`, waits for it and reads nothing back: [`Pipeline::drawn`] has it. For
    /// pipelines made by [`Pipeline::with_model`]; others do nothing.
    ///
    /// # Errors
    /// As [`Pipeline::process`].
    #[doc(hidden)]
    pub fn draw(&mut self, input: &[u8], at: Duration) -> Result<()> {
        self.input_format.check_bytes(input)?;
        let Work::Segment(frames, segment) = &mut self.work else { return Ok(()) };
        segment.step(&frames.gpu, at)?;
        let (commands, slot, _) = frames.encode(input, false, Some(segment))?;
        let latency = frames.slots.run(&frames.gpu, commands, slot)?;
        frames.finished(latency, Some(segment))
    }

    /// What the last frame made; `None` without a model. Other effects make it anew.
    #[doc(hidden)]
    pub fn drawn(&self) -> Option<DrawnFrame> {
        let Work::Segment(frames, segment) = &self.work else { return None };
        let before = frames.frame.clone();
        let effects = segment.effects.current();
        let after = before.with(effects.picture().clone());
        let is_transparent = effects.effects().is_transparent();
        Some(DrawnFrame { before, after, is_transparent, alpha: segment.alpha.clone() })
    }
}
