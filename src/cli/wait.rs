//! `--wait`: a run that waits for its camera and its virtual camera, as a service does.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use super::hint;
#[cfg(feature = "control")]
use crate::control::Notifier;
use crate::{
    Error, Result,
    sys::{self, FolderWatcher, PollFd, Signals},
};

/// Pauses between two attempts: from the shortest, twice as long each time. A new device ends one.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long the system takes to give a new device its name and its rights.
const ARRIVAL: Duration = Duration::from_millis(500);

/// Calls `attempt` until no device is missing for it. None if a signal came first.
///
/// # Errors
/// What else `attempt` fails with.
pub(super) fn until_there<T>(signals: &Signals, mut attempt: impl FnMut() -> Result<T>) -> Result<Option<T>> {
    let mut service = Service::default();
    let (mut pause, mut said) = (SHORTEST_PAUSE, String::new());
    loop {
        // Before the attempt, so that nothing that comes after it is missed.
        let watcher = FolderWatcher::new(&[PathBuf::from("/dev")]).ok();
        let error = match attempt() {
            Err(error @ (Error::Device(_) | Error::Instance(_))) => error,
            other => return other.map(Some),
        };
        let sentence = hint::sentence(&error);
        if sentence != said {
            tracing::warn!("{sentence}; gpucam waits for it");
            service.waits(&sentence);
            said = sentence;
        }
        if sleep(signals, watcher.as_ref(), Instant::now() + pause, &mut service)? {
            return Ok(None);
        }
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

/// Sleeps until a device comes or it is time. Whether a signal came.
fn sleep(
    signals: &Signals,
    watcher: Option<&FolderWatcher>,
    until: Instant,
    service: &mut Service,
) -> Result<bool> {
    let failed = |source| Error::System { what: "poll", source };
    loop {
        let rest = until.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            return Ok(false);
        }
        let mut waits = vec![PollFd::to_read(signals.fd())];
        waits.extend(watcher.map(|watcher| PollFd::to_read(watcher.fd())));
        sys::poll(&mut waits, rest.min(service.turn())).map_err(failed)?;
        if waits[0].is_ready() {
            return Ok(true);
        }
        if waits.get(1).is_some_and(PollFd::is_ready) {
            thread::sleep(ARRIVAL);
            return Ok(false);
        }
    }
}

/// systemd, which started this service.
#[cfg(feature = "control")]
#[derive(Default)]
struct Service(Notifier);

#[cfg(feature = "control")]
impl Service {
    /// The service has started; this is what it waits for.
    fn waits(&mut self, sentence: &str) {
        self.0.ready();
        self.0.status(&format!("waits: {sentence}"));
    }

    /// It is alive. How long it may sleep before it says so again.
    fn turn(&mut self) -> Duration {
        self.0.turn();
        self.0.rest()
    }
}

/// Nothing starts a gpucam that cannot be controlled as a service.
#[cfg(not(feature = "control"))]
#[derive(Default)]
struct Service;

#[cfg(not(feature = "control"))]
impl Service {
    fn waits(&mut self, _: &str) {}

    fn turn(&mut self) -> Duration {
        Duration::MAX
    }
}
