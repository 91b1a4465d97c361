//! Whether other programs open a device: inotify(7).

use std::{
    ffi::CString,
    fs::File,
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

/// Notices that a file is opened or closed.
#[derive(Debug)]
pub struct OpenWatcher {
    file: File,
}

impl OpenWatcher {
    /// Watches `path` from now on.
    ///
    /// # Errors
    /// What inotify_init1(2) and inotify_add_watch(2) report.
    pub fn new(path: &Path) -> io::Result<Self> {
        let name = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: no pointers; we own the new descriptor.
        let file = unsafe {
            match libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) {
                fd if fd < 0 => return Err(io::Error::last_os_error()),
                fd => File::from_raw_fd(fd),
            }
        };
        let events = libc::IN_OPEN | libc::IN_CLOSE;
        // SAFETY: the descriptor is open, and the name ends with a NUL.
        let watch = unsafe { libc::inotify_add_watch(file.as_raw_fd(), name.as_ptr(), events) };
        if watch < 0 { Err(io::Error::last_os_error()) } else { Ok(Self { file }) }
    }

    /// The descriptor to poll, readable after an open or a close.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Whether the file was opened or closed since the last call.
    pub fn drain(&self) -> bool {
        // An event has 16 bytes: only events in a watched directory carry a name.
        let mut some = false;
        while matches!(io::Read::read(&mut &self.file, &mut [0; 1024]), Ok(1..)) {
            some = true;
        }
        some
    }
}
