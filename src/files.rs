//! Files that are replaced as a whole, and the folder of those that may be lost.

use std::{
    fs::{self, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;
use tempfile::NamedTempFile;

/// A file's next content. It appears under the file's name once it is complete: who reads the file sees the old content
/// or the new, also where several processes replace it at the same time. Until then it is a file of its own in the same
/// folder, which goes if this is dropped; what a killed process leaves has the same ending.
#[derive(Debug)]
pub(crate) struct Replacement {
    file: NamedTempFile,
    path: PathBuf,
}

impl Replacement {
    /// Begins one with the rights of a usual new file. The folder must exist.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Self::with_rights(path, 0o666) // without what the umask takes away
    }

    /// Begins one that only its user can open. The folder must exist.
    pub(crate) fn create_private(path: &Path) -> io::Result<Self> {
        Self::with_rights(path, 0o600)
    }

    fn with_rights(path: &Path, rights: u32) -> io::Result<Self> {
        let ending = path.extension().map(|ending| format!(".{}", ending.display())).unwrap_or_default();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".gpucam-")
            .suffix(&ending)
            .permissions(Permissions::from_mode(rights))
            .tempfile_in(folder)?;
        Ok(Self { file, path: path.into() })
    }

    /// Gives it the rights of the file that it replaces, if there is one.
    pub(crate) fn keep_rights(&self) {
        if let Ok(older) = fs::metadata(&self.path) {
            drop(self.file.as_file().set_permissions(older.permissions()));
        }
    }

    /// Writes all of it to the disk, but not yet in the file's place.
    pub(crate) fn fill(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.write_all(content)?;
        self.file.as_file().sync_all()
    }

    /// Puts it in the file's place.
    pub(crate) fn put(self) -> io::Result<()> {
        self.file.persist(&self.path).map(drop).map_err(|error| error.error)
    }

    /// Writes all of it, and puts it in the file's place.
    pub(crate) fn write(mut self, content: &[u8]) -> io::Result<()> {
        self.file.write_all(content)?;
        self.put()
    }
}

/// Replaces a file, with the rights of a usual new one, and makes its folder before.
///
/// # Errors
/// Those of the file system.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().ok_or(io::ErrorKind::NotFound)?)?;
    Replacement::create(path)?.write(content)
}

/// gpucam's own cache folder; none without a home folder.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("gpucam"))
}
