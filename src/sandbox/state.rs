//! Whether this process is in its sandbox.

use std::{fs::File, io, path::Path, sync::OnceLock};

/// What the kernel made of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Whether files are held.
    pub files: bool,
    /// Whether system calls are held.
    pub calls: bool,
}

pub(super) static ENTERED: OnceLock<Entered> = OnceLock::new();

/// Whether this process is in its sandbox, or in as much of it as the kernel has.
pub fn is_active() -> bool {
    ENTERED.get().is_some()
}

/// Whether the sandbox keeps this process from reading a file.
pub fn keeps_from(path: &Path) -> bool {
    let is_held = ENTERED.get().is_some_and(|entered| entered.files);
    is_held && File::open(path).is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}
