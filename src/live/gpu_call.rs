//! How long the worker has been in the GPU's driver, seen from the other thread: a driver that hangs may never
//! return.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::guard::GuardRules;
use crate::{Error, GpuError, Result, gpu};

/// What the driver is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GpuCall {
    /// Opening the GPU for the first time, or its first frame: the model may be downloaded and shaders
    /// compiled, which takes as long as it takes.
    First,
    /// Opening it again.
    Reopen,
    /// A frame after the first.
    Frame,
}

/// The call that the worker is in. Both threads hold a clone.
#[derive(Clone, Debug, Default)]
pub(super) struct CallWatch(Arc<Mutex<Option<Running>>>);

#[derive(Clone, Copy, Debug)]
struct Running {
    call: GpuCall,
    /// When it was last asked about, or began.
    seen: Instant,
    /// How long it has taken by then.
    took: Duration,
}

/// The thread that asks does so several times a second. More time between two of its questions is time in which the
/// process was stopped, or the machine.
pub(super) const LONGEST_TURN: Duration = Duration::from_secs(1);

impl CallWatch {
    /// Marks the time of `work` as spent in the driver.
    pub(super) fn during<T>(&self, call: GpuCall, work: impl FnOnce() -> T) -> T {
        self.set(Some(Running { call, seen: Instant::now(), took: Duration::ZERO }));
        let done = work();
        self.set(None);
        done
    }

    fn set(&self, running: Option<Running>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }

    /// How long the current call has taken, if that is too long by these rules.
    pub(super) fn overdue(&self, rules: &GuardRules) -> Option<Duration> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Running { call, seen, took } = running.as_mut()?;
        *took += seen.elapsed().min(LONGEST_TURN);
        *seen = Instant::now();
        let limit = match call {
            GpuCall::First => return None,
            GpuCall::Reopen => 6 * rules.longest_call,
            GpuCall::Frame => rules.longest_call,
        };
        Some(*took).filter(|took| *took > limit)
    }
}

/// Turns a panic inside the GPU's crates into an error; most likely the device was lost.
pub(super) fn catch_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let lost =
        |panic: Box<dyn Any + Send>| Err(Error::Gpu(GpuError::Lost { reason: gpu::reason_of(&*panic) }));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(lost)
}
