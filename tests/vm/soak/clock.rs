//! CLOCK_MONOTONIC, which the drivers' timestamps count.
#![allow(unsafe_code)] // the standard library does not say what its clock counts from

use std::time::Duration;

pub fn monotonic() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec, and every kernel has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
