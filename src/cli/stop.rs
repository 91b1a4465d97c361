//! Signals that end a command between two steps of its work.

use std::sync::{Arc, atomic::AtomicBool};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use crate::{Error, Result};

/// Exit code of a run that a signal stopped: 128 and the number of SIGINT, as from a shell.
pub(super) const STOPPED: u8 = 130;

/// A flag that SIGINT, SIGTERM and SIGHUP set, so that the run can finish its file. The second one ends the
/// program at once.
pub(super) fn stop_at_signal() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register_conditional_shutdown(signal, STOPPED.into(), stop.clone())
            .and_then(|_| flag::register(signal, stop.clone()))
            .map_err(|source| Error::System { what: "signals", source })?;
    }
    Ok(stop)
}
