//! Self-tuning: measures the candidates of [`SPACE`](crate::gpu::space::SPACE) on an adapter with the usual frame, and
//! keeps what is faster. docs/TUNING.md says how, for users.
//!
//! [`run`] is coordinate descent: one field at a time, each candidate in turns with the best so far, so that whatever
//! disturbs the machine disturbs both. It works on a thread of its own, because a driver that compiles cannot be
//! interrupted; when the time is over it is left behind, with what was found until then.

mod descent;
pub mod judge;
pub mod kept;
mod outcome;
pub mod slack;
mod trial;

use std::{
    sync::{
        atomic::Ordering::Relaxed,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use self::{descent::Descent, outcome::Message};
pub use self::{
    outcome::{End, Event, Gain, TuneOptions, Tuned},
    trial::Case,
};
use crate::{Error, Gpu, Result};

/// How much later than asked the measuring thread may end before it is left behind.
const LENIENCE: Duration = Duration::from_millis(500);
/// The same after it was stopped: long enough to compare what was found with the table once more.
const STOP_LENIENCE: Duration = Duration::from_secs(2);

/// Tunes an adapter for this case, beginning with its own tuning. `tell` gets what happens.
///
/// # Errors
/// [`crate::GpuError::Untunable`] if the tuning that it begins with does not work; [`Error::System`].
pub fn run(gpu: &Gpu, case: &Case, options: &TuneOptions, mut tell: impl FnMut(&Event)) -> Result<Tuned> {
    let (send, messages) = mpsc::channel();
    let mut tuned = Tuned::new(gpu);
    let until = options.until;
    let stop = options.stop.clone();
    let work = {
        let (gpu, case, options) = (gpu.clone(), case.clone(), options.clone());
        move || {
            let ended = Descent::run(&gpu, &case, &options, |event, tuning| {
                drop(send.send(Message::Happened(event, tuning)));
            });
            drop(send.send(ended.unwrap_or_else(Message::Failed)));
        }
    };
    let thread = thread::Builder::new().name("tune".into()).spawn(work);
    thread.map_err(|source| Error::System { what: "a thread", source })?;
    let mut stopped = None;
    loop {
        match messages.recv_timeout(Duration::from_millis(20)) {
            Ok(Message::Happened(event, tuning)) => {
                tuned.add(&event);
                tuned.tuning = tuning;
                tell(&event);
            }
            Ok(Message::Ended { tuning, keeps, frame, end }) => {
                if !keeps {
                    tuned.gains.clear();
                }
                return Ok(Tuned { tuning, frame, end, ..tuned });
            }
            Ok(Message::Failed(error)) => return Err(error),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Tuned { end: End::Broken, ..tuned });
            }
        }
        let now = Instant::now();
        if stop.load(Relaxed) {
            stopped.get_or_insert(now);
        }
        if stopped.is_some_and(|since| now > since + STOP_LENIENCE) || now > until + LENIENCE {
            return Ok(Tuned { end: End::LeftBehind, ..tuned });
        }
    }
}
