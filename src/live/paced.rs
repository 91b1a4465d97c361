//! A live picture some of which may be given up while it is too slow for the camera: `src/live/pacing.rs` decides.

use std::time::Duration;

use super::{
    pacing::{Luxuries, PacingRules},
    processor::{FrameProcessor, ProcessorFactory, RecoveryCheck},
};
use crate::{Effects, Result, frame::packed::PackedFrame};

/// Makes factories of the same picture with these effects, which give up this.
type Remake = Box<dyn Fn(Effects, u32) -> ProcessorFactory>;

/// A processor that can say how to do with less.
pub(crate) struct PacedProcessor {
    inner: Box<dyn FrameProcessor>,
    luxuries: Luxuries,
    /// The effects that it draws, and those that it was switched to.
    effects: Effects,
    next: Option<Effects>,
    remake: Remake,
}

impl PacedProcessor {
    pub(crate) fn new(
        inner: Box<dyn FrameProcessor>,
        luxuries: Luxuries,
        effects: Effects,
        remake: Remake,
    ) -> Self {
        Self { inner, luxuries, effects, next: None, remake }
    }
}

impl FrameProcessor for PacedProcessor {
    fn process(&mut self, input: &[u8], at: Duration, output: &mut [u8]) -> Result<Option<Duration>> {
        self.inner.process(input, at, output)
    }

    fn process_frame(
        &mut self,
        input: &[u8],
        at: Duration,
        frame: &mut PackedFrame,
    ) -> Result<Option<Duration>> {
        self.inner.process_frame(input, at, frame)
    }

    fn adopted(&mut self) {
        self.inner.adopted();
    }

    fn switch(&mut self, effects: &Effects) -> bool {
        let switches = self.inner.switch(effects);
        self.next = switches.then(|| effects.clone());
        switches
    }

    fn switched(&mut self) -> Option<Result<()>> {
        let ended = self.inner.switched()?;
        if let (Some(effects), Ok(())) = (self.next.take(), &ended) {
            self.effects = effects;
        }
        Some(ended)
    }

    fn hides_background(&self) -> Option<bool> {
        self.inner.hides_background()
    }

    fn luxuries(&self) -> Luxuries {
        self.luxuries.clone()
    }

    fn without(&self, given_up: u32) -> Option<ProcessorFactory> {
        Some((self.remake)(self.effects.clone(), given_up))
    }

    fn pacing_rules(&self) -> PacingRules {
        self.inner.pacing_rules()
    }

    fn lose(&mut self) -> RecoveryCheck {
        self.inner.lose()
    }
}
