//! The monotonic clock, and the time that a thread and the process have run.

use std::time::Duration;

/// The time of CLOCK_MONOTONIC, which V4L2 drivers use for timestamps.
pub fn now() -> Duration {
    read(libc::CLOCK_MONOTONIC)
}

/// The time of CLOCK_BOOTTIME, which goes on while the machine is suspended, as [`now`] does not.
pub fn since_boot() -> Duration {
    read(libc::CLOCK_BOOTTIME)
}

/// The processor's time that the calling thread has had (CLOCK_THREAD_CPUTIME_ID). It stands still while the thread
/// waits.
pub fn thread_cpu() -> Duration {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// The processors' time that all threads of the process have had, those that have ended included
/// (CLOCK_PROCESS_CPUTIME_ID).
pub fn process_cpu() -> Duration {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec. Every Linux kernel has these clocks.
    unsafe { libc::clock_gettime(clock, &mut time) };
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}
