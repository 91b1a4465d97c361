//! Notices a camera that gives far fewer frames a second than it promised.

use std::time::Duration;

/// How long frames are counted.
const WINDOW: Duration = Duration::from_secs(5);
/// The part of the promised rate below which it is mentioned. Half the rate is normal in dim light, and at the
/// window's ends a frame more or less is counted.
const LEAST: f64 = 0.48;

/// Counts frames until their rate was mentioned once.
#[derive(Clone, Copy, Debug)]
pub struct RateMeter {
    promised: Option<f64>,
    /// Start of the window.
    since: Option<Duration>,
    frames: u64,
    /// How long the camera was waited for in the window.
    waited: Duration,
}

impl RateMeter {
    /// For a camera that promised so many frames a second, if it promised anything.
    pub fn new(promised: Option<f64>) -> Self {
        Self { promised, since: None, frames: 0, waited: Duration::ZERO }
    }

    /// The stream began, or was interrupted.
    pub fn restart(&mut self) {
        *self = Self::new(self.promised);
    }

    /// Counts `frames` frames that came at `now` after the camera was waited for. Returns the rate if it is too
    /// low, once.
    pub fn count(&mut self, now: Duration, frames: u64, waited: Duration) -> Option<f64> {
        let promised = self.promised?;
        let Some(since) = self.since else {
            self.since = Some(now); // the first frame starts the window
            return None;
        };
        self.frames += frames;
        self.waited += waited;
        let length = now.saturating_sub(since);
        if length < WINDOW {
            return None;
        }
        let rate = self.frames as f64 / length.as_secs_f64();
        // If the camera was not waited for, processing is what is slow.
        let is_camera = 2 * self.waited > length;
        (self.since, self.frames, self.waited) = (Some(now), 0, Duration::ZERO);
        if rate < LEAST * promised && is_camera {
            self.promised = None;
            return Some(rate);
        }
        None
    }
}
