//! Whether the times of a camera's frames are of the monotonic clock. Pure code: times go in, a verdict comes out.

use std::time::Duration;

/// A frame that is older than this when it is looked at has waited somewhere, or its time is of another clock.
pub(crate) const OLDEST: Duration = Duration::from_secs(1);
/// A driver has at most as many buffers: if more frames in a row are old, their times are of another clock.
const MOST_IN_A_ROW: u32 = 8;

/// Tells times of the monotonic clock from those of others, such as GStreamer's, which begins with its pipeline.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamClock {
    /// When the stream began.
    started: Duration,
    /// Whether a frame's time was one that only the monotonic clock gives.
    is_ours: bool,
    /// How many frames were old since the last that was not.
    old: u32,
}

impl StreamClock {
    /// A stream begins.
    pub(crate) fn started(&mut self, now: Duration) {
        *self = Self { started: now, ..Self::default() };
    }

    /// Whether `at`, the time of a frame that is of this `age` `now` if it is, is of the monotonic clock. Once a time
    /// was, old ones are, too: after this process stood still, the frame that arrives first is old.
    pub(crate) fn is_ours(&mut self, at: Duration, now: Duration, age: Duration) -> bool {
        if age <= OLDEST {
            (self.is_ours, self.old) = (true, 0);
            return true;
        }
        // Of another clock, it would hardly lie between the beginning of the stream and now.
        self.is_ours |= (self.started..=now).contains(&at);
        self.old = if self.is_ours { self.old + 1 } else { 0 };
        if self.old > MOST_IN_A_ROW {
            (self.is_ours, self.started) = (false, Duration::MAX);
        }
        self.is_ours
    }
}
