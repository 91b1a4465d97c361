//! Whether other programs open a device, and whether files are saved: inotify(7).

use std::{
    ffi::CString,
    fs::File,
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
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
        let file = inotify()?;
        watch(&file, path, libc::IN_OPEN | libc::IN_CLOSE)?;
        Ok(Self { file })
    }

    /// The descriptor to poll, readable after an open or a close.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Whether the file was opened or closed since the last call.
    pub fn drain(&self) -> bool {
        drain(&self.file)
    }
}

/// Notices that a file in one of several folders is saved, made, renamed or removed.
#[derive(Debug)]
pub struct FolderWatcher {
    file: File,
}

impl FolderWatcher {
    /// Watches these folders from now on.
    ///
    /// # Errors
    /// What inotify_init1(2) and inotify_add_watch(2) report.
    pub fn new(folders: &[PathBuf]) -> io::Result<Self> {
        let file = inotify()?;
        let events = libc::IN_CLOSE_WRITE | libc::IN_MOVE | libc::IN_CREATE | libc::IN_DELETE;
        folders.iter().try_for_each(|folder| watch(&file, folder, events))?;
        Ok(Self { file })
    }

    /// The descriptor to poll, readable after an event.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Whether anything has happened since the last call.
    pub fn drain(&self) -> bool {
        drain(&self.file)
    }
}

fn inotify() -> io::Result<File> {
    // SAFETY: no pointers; we own the new descriptor.
    unsafe {
        match libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) {
            fd if fd < 0 => Err(io::Error::last_os_error()),
            fd => Ok(File::from_raw_fd(fd)),
        }
    }
}

fn watch(inotify: &File, path: &Path, events: u32) -> io::Result<()> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the descriptor is open, and the name ends with a NUL.
    let watch = unsafe { libc::inotify_add_watch(inotify.as_raw_fd(), name.as_ptr(), events) };
    if watch < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Reads all events. Whether there were any.
fn drain(inotify: &File) -> bool {
    // An event has 16 bytes, and in a watched folder a name of up to 256.
    let mut some = false;
    while matches!(io::Read::read(&mut &*inotify, &mut [0; 4096]), Ok(1..)) {
        some = true;
    }
    some
}
