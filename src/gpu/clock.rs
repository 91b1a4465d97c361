//! The time between frames, for what moves with time and not with frames.

use std::time::Duration;

use super::{Gpu, Storage};

/// Measures the time from frame to frame.
#[derive(Debug, Default)]
pub struct Elapsed {
    last: Option<Duration>,
}

impl Elapsed {
    /// Seconds from the last frame to the one captured at `at`; 0 at the first.
    pub fn seconds_to(&mut self, at: Duration) -> f32 {
        at.saturating_sub(self.last.replace(at).unwrap_or(at)).as_secs_f32()
    }

    /// Lets the next frame be the first.
    pub fn reset(&mut self) {
        self.last = None;
    }
}

/// The same for shaders.
#[derive(Debug)]
pub struct Clock {
    /// An f32.
    pub seconds: Storage,
    elapsed: Elapsed,
}

impl Clock {
    /// Before the first frame.
    pub fn new(gpu: &Gpu) -> Self {
        Self { seconds: Storage::new(gpu, "seconds", 4), elapsed: Elapsed::default() }
    }

    /// Goes on to the frame captured at `at`.
    pub fn step(&mut self, gpu: &Gpu, at: Duration) {
        let Storage { buffer, offset, .. } = &self.seconds;
        gpu.queue().write_buffer(buffer, *offset, &self.elapsed.seconds_to(at).to_ne_bytes());
    }

    /// Lets the next frame be the first.
    pub fn reset(&mut self) {
        self.elapsed.reset();
    }
}
