//! Frames of a camera that are too old to be shown. Pure code: times go in, a verdict comes out.
//!
//! A driver keeps the frames of its few buffers while gpucam does not ask for them. After gpucam stood still (SIGSTOP,
//! a suspended machine, a long compilation) the newest of them shows what was before.

use std::time::Duration;

/// A frame that is older when it is about to be processed is not shown.
const OLDEST: Duration = Duration::from_secs(1);
/// A driver has at most as many buffers: if more frames in a row are old, their times are of another clock.
const MOST_IN_A_ROW: u32 = 8;

/// Tells frames that waited from frames whose times are of another clock, which say nothing about their age.
#[derive(Clone, Debug, Default)]
pub struct Freshness {
    /// When the stream began.
    started: Duration,
    /// Whether a frame's time was one that only the monotonic clock gives.
    is_our_clock: bool,
    /// How many frames were too old since the last that was not.
    old: u32,
    /// For how long the machine had been suspended when a frame was last looked at; none before the first.
    suspended: Option<Duration>,
}

impl Freshness {
    /// A stream begins.
    pub fn started(&mut self, now: Duration) {
        self.started = now;
    }

    /// Whether a frame that was captured `at` is too old to be processed `now`. Both are of the monotonic clock, which
    /// stands still while the machine is suspended; `since_boot` is of the clock that goes on then.
    pub fn is_too_old(&mut self, at: Duration, now: Duration, since_boot: Duration) -> bool {
        let suspended = since_boot.saturating_sub(now);
        let slept = self.suspended.replace(suspended).map(|before| suspended.saturating_sub(before));
        let age = now.saturating_sub(at) + slept.unwrap_or_default();
        if age <= OLDEST {
            (self.is_our_clock, self.old) = (true, 0);
            return false;
        }
        // Of another clock, it would hardly lie between the beginning of the stream and now.
        self.is_our_clock |= (self.started..=now).contains(&at);
        self.old = if self.is_our_clock { self.old + 1 } else { 0 };
        if self.old > MOST_IN_A_ROW {
            (self.is_our_clock, self.started) = (false, Duration::MAX);
        }
        self.is_our_clock
    }
}
