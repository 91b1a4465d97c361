//! When the frames of a clip or a card were taken.

use std::time::Duration;

use crate::Fps;

/// Gives each frame its time. Chains count seconds with it, such as how long a person has been away.
#[derive(Clone, Copy, Debug)]
pub struct FrameClock {
    fps: Fps,
    frames: u64,
}

impl FrameClock {
    /// Begins at zero.
    pub const fn new(fps: Fps) -> Self {
        Self { fps, frames: 0 }
    }

    /// The time of the next frame.
    pub fn tick(&mut self) -> Duration {
        self.frames += 1;
        self.fps.time(self.frames - 1)
    }
}
