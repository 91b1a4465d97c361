//! Whether this process is in its sandbox.

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// What the kernel made of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Whether files are held.
    pub files: bool,
    /// Whether system calls are held.
    pub calls: bool,
}

pub(super) static ENTERED: OnceLock<Entered> = OnceLock::new();

static CONFINES_CHILDREN: AtomicBool = AtomicBool::new(false);

/// Holds each ffmpeg that this process starts to a sandbox of its own, though the process itself is in none.
pub fn confine_children() {
    CONFINES_CHILDREN.store(true, Relaxed);
}

/// Whether what this process starts gets a sandbox.
pub(super) fn confines_children() -> bool {
    is_active() || CONFINES_CHILDREN.load(Relaxed)
}

/// Whether this process is in its sandbox, or in as much of it as the kernel has.
pub fn is_active() -> bool {
    ENTERED.get().is_some()
}

/// Whether the sandbox keeps this process from reading a file. A pipe without a writer is not waited for.
pub fn keeps_from(path: &Path) -> bool {
    let is_held = ENTERED.get().is_some_and(|entered| entered.files);
    let open = || OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    is_held && open().is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}
