//! Whether a file has been saved again.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Time between two looks at the file.
const PAUSE: Duration = Duration::from_millis(250);

/// Which file it is, how long, and when it was written: another one after each save, also where an editor writes a
/// new file and renames it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileStamp {
    device: u64,
    inode: u64,
    bytes: u64,
    written: (i64, i64),
}

impl FileStamp {
    /// None where there is no file: an editor may be about to put a new one there.
    pub(super) fn from_path(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        let written = (about.mtime(), about.mtime_nsec());
        Some(Self { device: about.dev(), inode: about.ino(), bytes: about.len(), written })
    }
}

/// The stamp of what was read last, shared by all that is made of the file.
pub(super) type LastRead = Arc<Mutex<Option<FileStamp>>>;

/// Keeps in mind that the file is read now.
pub(super) fn mark_read(last_read: &LastRead, path: &Path) {
    *last_read.lock().unwrap_or_else(PoisonError::into_inner) = FileStamp::from_path(path);
}

/// Looks at a file now and then.
#[derive(Debug)]
pub(super) struct FileWatch {
    path: PathBuf,
    last_read: LastRead,
    due: Instant,
    /// What it was at the last look: a file is read once it is the same twice, and so written to its end.
    previous: Option<FileStamp>,
    is_new: bool,
}

impl FileWatch {
    pub(super) fn new(path: &Path, last_read: &LastRead) -> Self {
        let due = Instant::now() + PAUSE;
        Self { path: path.into(), last_read: last_read.clone(), due, previous: None, is_new: false }
    }

    /// Whether the file is another than the one that was read last.
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
