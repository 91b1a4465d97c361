//! What the running kernel has of the sandbox.
#![allow(unsafe_code)] // two system calls that only ask

use std::{io, ptr};

/// What the running kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// Landlock's version (ABI); 0 without it.
    pub landlock: i32,
    /// Whether there are filters of system calls.
    pub seccomp: bool,
}

/// Asks the kernel.
pub fn support() -> Support {
    const VERSION: libc::c_ulong = 1; // LANDLOCK_CREATE_RULESET_VERSION
    // SAFETY: with this flag the call takes a null pointer of length 0, and gives a number.
    let landlock =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<u8>(), 0_usize, VERSION) };
    // SAFETY: the filter is a null pointer, which the kernel refuses before it changes anything: EFAULT where there
    // are filters, EINVAL where there are none (seccomp(2) and prctl(2) say how to ask).
    let asked =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, ptr::null::<u8>(), 0, 0) };
    let seccomp = asked == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT);
    Support { landlock: landlock.max(0) as i32, seccomp }
}
