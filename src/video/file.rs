//! Opens and creates files, with error messages that say what to do.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{Error, Result, VideoError, files::Replacement};

/// The extension of a file name in lower case, without the dot; empty if there is none.
pub(crate) fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Opens a file for reading. Also returns its length in bytes if it is a regular file.
pub(crate) fn open(path: &Path) -> Result<(File, Option<u64>)> {
    let fail = |reason: String| Error::Video(VideoError::Read { path: path.into(), reason });
    let words = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => fail("there is no such file; check the name".into()),
        io::ErrorKind::PermissionDenied => {
            fail("reading it is not permitted; see its rights with ls -l".into())
        }
        _ => {
            let advice = "check the name and the disk";
            Error::Video(VideoError::ReadIo { path: path.into(), source: e, advice })
        }
    };
    let file = File::open(path).map_err(words)?;
    let about = file.metadata().map_err(words)?;
    if about.is_dir() {
        return Err(fail("it is a folder; name a file in it".into()));
    }
    if about.is_file() && about.len() == 0 {
        return Err(fail("the file is empty; check whether its writer finished".into()));
    }
    Ok((file, about.is_file().then_some(about.len())))
}

/// Whether both names refer to the same file.
pub(crate) fn same(a: &Path, b: &Path) -> bool {
    let key = |path| fs::metadata(path).map(|m| (m.dev(), m.ino())).ok();
    key(a).is_some_and(|k| Some(k) == key(b))
}

/// Whether there is something under this name that is written as it is, and not replaced: neither file nor folder.
pub(crate) fn is_pipe_or_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// Creates a file for writing or truncates an existing one.
pub(crate) fn create(path: &Path) -> Result<File> {
    File::create(path).map_err(|e| refused(path, e))
}

/// Removes a file. False if there is none.
pub(crate) fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Checks that a file can be written under this name, before any costly work starts. What is no file, such as a device,
/// is left to who opens it.
///
/// # Errors
/// As [`refused`].
pub(crate) fn check_writable(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(refused(path, io::ErrorKind::IsADirectory.into()));
    }
    if !folder_of(path).is_dir() {
        return Err(refused(path, io::ErrorKind::NotFound.into()));
    }
    // A link stays a link, so the file appears beside the real one.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    if is_pipe_or_device(&real) {
        return Ok(());
    }
    check_replaceable(path)?;
    Replacement::create(&real).map(drop).map_err(|error| refused(path, error))
}

/// Checks the rights of an older file of this name, if there is one: what may not be written may not be replaced either.
pub(crate) fn check_replaceable(path: &Path) -> Result<()> {
    if path.is_file() {
        OpenOptions::new().write(true).open(path).map_err(|error| refused(path, error))?;
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The error for a failed write to `path`.
pub(crate) fn refused(path: &Path, error: io::Error) -> Error {
    let folder = folder_of(path);
    let fail = |reason: String| VideoError::Write { path: path.into(), reason };
    let error = match error.kind() {
        io::ErrorKind::NotFound if folder.is_dir() => {
            VideoError::NoNewFiles { path: path.into(), folder: folder.into() }
        }
        io::ErrorKind::NotFound => {
            fail(format!("there is no folder {0}; make it with: mkdir -p {0}", folder.display()))
        }
        io::ErrorKind::PermissionDenied => {
            VideoError::WriteForbidden { path: path.into(), folder: folder.into() }
        }
        io::ErrorKind::IsADirectory => fail("it is a folder; name a file in it".into()),
        io::ErrorKind::StorageFull => fail("the disk is full; free some space".into()),
        _ => VideoError::WriteIo { path: path.into(), source: error },
    };
    error.into()
}

/// A file that appears under its name only once it is complete, with the rights of the one that it replaces. What is no
/// file, such as a pipe, is written as it is.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    replacement: Option<Replacement>,
    path: PathBuf,
}

impl AtomicFile {
    /// Creates a temporary file in the folder of `path`, so that an unwritable folder is noticed before the
    /// work.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Err(refused(path, io::ErrorKind::IsADirectory.into()));
        }
        // A link stays a link.
        let path = &*fs::canonicalize(path).unwrap_or_else(|_| path.into());
        check_replaceable(path)?;
        let replacement = match is_pipe_or_device(path) {
            true => None,
            false => Some(Replacement::create(path).map_err(|e| refused(path, e))?),
        };
        if let Some(replacement) = &replacement {
            replacement.keep_rights();
        }
        Ok(Self { replacement, path: path.into() })
    }

    /// Writes the whole content and renames the file to its name, replacing an older one.
    pub(crate) fn write(self, bytes: &[u8]) -> Result<()> {
        let written = match self.replacement {
            Some(replacement) => replacement.write(bytes),
            None => File::create(&self.path).and_then(|mut file| file.write_all(bytes)),
        };
        written.map_err(|e| refused(&self.path, e))
    }
}
