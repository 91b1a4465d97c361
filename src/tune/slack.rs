//! When there is time to measure beside a run that shows frames.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long nobody must have wanted a frame. A meeting that is left for another opens the camera again sooner.
const QUIET: Duration = Duration::from_secs(3);

/// Says whether something may be measured now.
///
/// A GPU runs one thing at a time, and what a candidate takes is not known before it ran. So nothing is fitted between two
/// frames: only while nobody wants any is anything compiled or measured, and the first who does ends that with the frame
/// that is being measured.
#[derive(Clone, Default)]
pub struct Slack {
    wanted: Option<Arc<Mutex<Instant>>>,
    /// When the last frame ran, for those who want frames without saying so.
    last_frame: Option<Arc<dyn Fn() -> Option<Instant> + Send + Sync>>,
}

impl Slack {
    /// Always time.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Only while nobody has wanted a frame for some seconds, as [`Slack::want`] says and `last_frame`.
    pub fn when_quiet(
        now: Instant,
        last_frame: impl Fn() -> Option<Instant> + Send + Sync + 'static,
    ) -> Self {
        Self { wanted: Some(Arc::new(Mutex::new(now))), last_frame: Some(Arc::new(last_frame)) }
    }

    /// Somebody wants frames.
    pub fn want(&self, now: Instant) {
        if let Some(wanted) = &self.wanted {
            *wanted.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
    }

    /// Whether something may be measured now.
    pub fn allows(&self, now: Instant) -> bool {
        let wanted =
            self.wanted.as_ref().map(|wanted| *wanted.lock().unwrap_or_else(PoisonError::into_inner));
        let last_frame = self.last_frame.as_ref().and_then(|last_frame| last_frame());
        is_quiet(now, wanted.max(last_frame))
    }
}

/// Whether it is quiet, for this time of the last wish for a frame.
pub fn is_quiet(now: Instant, wanted: Option<Instant>) -> bool {
    wanted.is_none_or(|wanted| now.saturating_duration_since(wanted) >= QUIET)
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slack({:?})", self.wanted)
    }
}
