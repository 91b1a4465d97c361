//! Pauses between attempts to open a GPU that was lost.

use std::time::{Duration, Instant};

/// Longest pause between two attempts to open the GPU again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// When to open the GPU again: at once, then after 1, 2, 4, … seconds.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    due: Option<Instant>,
    pause: Duration,
}

impl Backoff {
    pub(super) fn is_due(&self) -> bool {
        self.due.is_none_or(|due| due <= Instant::now())
    }

    pub(super) fn postpone(&mut self) {
        self.due = Some(Instant::now() + self.pause);
        self.pause = (2 * self.pause).clamp(Duration::from_secs(1), LONGEST_PAUSE);
    }
}
