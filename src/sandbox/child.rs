//! The sandbox of an ffmpeg beside gpucam, which reads files of strangers: it is in gpucam's, and in a tighter one of
//! its own, with no sockets, no processes, and one file or folder.
#![allow(unsafe_code)] // system calls between fork and exec

use std::{
    io,
    os::{fd::AsRawFd, fd::OwnedFd, unix::process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use super::{calls, files, policy::Policy, state::confines_children};

/// Holds the process that `command` will start to reading `reads`, and to writing below `writes`. Nothing where
/// gpucam itself is not in its sandbox, unless [`confine_children`](super::confine_children) was called.
pub fn confine(command: &mut Command, reads: &[&Path], writes: &[&Path]) {
    if !confines_children() {
        return;
    }
    let mut policy = Policy::of_child(command.get_program());
    policy.read.extend(reads.iter().map(PathBuf::from));
    policy.write.extend(writes.iter().map(PathBuf::from));
    // All memory is allocated here: between fork and exec, there are only calls.
    let rules = files::ruleset(&policy).ok().and_then(Option::<OwnedFd>::from);
    let filters = calls::of_child().unwrap_or_default();
    let hold = move || {
        // SAFETY: prctl(2) with numbers alone. The kernel asks for it before the rest, and this process may not have it.
        unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        if let Some(rules) = &rules {
            // SAFETY: the descriptor is a ruleset's and open, since this closure owns it.
            let held = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules.as_raw_fd(), 0) };
            if held != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        for filter in &filters {
            // Where the kernel has no filters, gpucam itself has none either.
            let _ = seccompiler::apply_filter(filter);
        }
        Ok(())
    };
    // SAFETY: the closure runs in the child of a process that may have threads, where only calls that a signal
    // handler may make are sound: it makes three system calls and allocates nothing.
    unsafe { command.pre_exec(hold) };
}
