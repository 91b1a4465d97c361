//! The time between frames, for passes whose state moves with time and not with frames.

use std::time::Duration;

use crate::gpu::{Gpu, Storage};

/// Seconds since the last frame, on the GPU.
#[derive(Debug)]
pub(super) struct Clock {
    /// An f32; 0 in the first frame.
    pub seconds: Storage,
    last: Option<Duration>,
}

impl Clock {
    pub(super) fn new(gpu: &Gpu) -> Self {
        Self { seconds: Storage::new(gpu, "seconds", 4), last: None }
    }

    /// Goes on to the frame captured at `at`.
    pub(super) fn step(&mut self, gpu: &Gpu, at: Duration) {
        let since = at.saturating_sub(self.last.replace(at).unwrap_or(at));
        let Storage { buffer, offset, .. } = &self.seconds;
        gpu.queue().write_buffer(buffer, *offset, &since.as_secs_f32().to_ne_bytes());
    }

    /// Lets the next frame be the first.
    pub(super) fn reset(&mut self) {
        self.last = None;
    }
}
