//! Notices that a file was saved.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Interval between two `stat` calls.
const PAUSE: Duration = Duration::from_millis(250);

/// Identifies a version of a file by device, inode, length and time of writing. Each save changes it, also
/// when an editor writes a new file and renames it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileStamp {
    device: u64,
    inode: u64,
    bytes: u64,
    written: (i64, i64),
}

impl FileStamp {
    /// `None` without a file: an editor may be about to put a new one there.
    pub(super) fn from_path(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        let written = (about.mtime(), about.mtime_nsec());
        Some(Self { device: about.dev(), inode: about.ino(), bytes: about.len(), written })
    }
}

/// The stamp of the version read last, shared by all recordings of the effect.
pub(super) type LastRead = Arc<Mutex<Option<FileStamp>>>;

/// Stores the stamp of a file that is about to be read.
pub(super) fn mark_read(last_read: &LastRead, path: &Path) {
    *last_read.lock().unwrap_or_else(PoisonError::into_inner) = FileStamp::from_path(path);
}

/// Checks a file at intervals.
#[derive(Debug)]
pub(super) struct FileWatch {
    path: PathBuf,
    last_read: LastRead,
    due: Instant,
    /// The stamp at the last check. A file counts as written to its end once two checks agree.
    previous: Option<FileStamp>,
    is_new: bool,
}

impl FileWatch {
    pub(super) fn new(path: &Path, last_read: &LastRead) -> Self {
        let due = Instant::now() + PAUSE;
        Self { path: path.into(), last_read: last_read.clone(), due, previous: None, is_new: false }
    }

    /// Whether the file is complete and differs from the version read last.
    pub(super) fn is_new(&mut self) -> bool {
        if self.due <= Instant::now() {
            self.due = Instant::now() + PAUSE;
            let now = FileStamp::from_path(&self.path);
            let last_read = *self.last_read.lock().unwrap_or_else(PoisonError::into_inner);
            self.is_new = now.is_some() && now != last_read && now == self.previous;
            self.previous = now;
            return self.is_new;
        }
        false
    }
}
