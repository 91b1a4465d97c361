//! Frames of a camera that are too old to be shown. Pure code: times go in, a verdict comes out.
//!
//! A driver keeps the frames of its few buffers while gpucam does not ask for them. After gpucam stood still (SIGSTOP,
//! a suspended machine, a long compilation) the newest of them shows what was before.

use std::time::Duration;

use crate::video::camera::clock::{OLDEST, StreamClock};

/// Tells frames that waited from frames whose times are of another clock, which say nothing about their age.
#[derive(Clone, Debug, Default)]
pub struct Freshness {
    clock: StreamClock,
    /// For how long the machine had been suspended when a frame was last looked at; none before the first.
    suspended: Option<Duration>,
}

impl Freshness {
    /// A stream begins.
    pub fn started(&mut self, now: Duration) {
        self.clock.started(now);
    }

    /// Whether a frame that was captured `at` is too old to be processed `now`. Both are of the monotonic clock, which
    /// stands still while the machine is suspended; `since_boot` is of the clock that goes on then.
    pub fn is_too_old(&mut self, at: Duration, now: Duration, since_boot: Duration) -> bool {
        let suspended = since_boot.saturating_sub(now);
        let slept = self.suspended.replace(suspended).map(|before| suspended.saturating_sub(before));
        let age = now.saturating_sub(at) + slept.unwrap_or_default();
        self.clock.is_ours(at, now, age) && age > OLDEST
    }
}
