//! A stream in a file, which never leaves an older file of its name half overwritten.

use std::{
    fs,
    io::Write,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use tempfile::{NamedTempFile, PersistError};

use super::{Cutout, Sink, file};
use crate::Result;

/// A sink whose file is new, or replaces an older one when the stream is complete.
pub(super) struct StreamFile {
    sink: Box<dyn Sink>,
    path: PathBuf,
    /// The file that is written instead of an older one, in the same folder.
    replacement: Option<NamedTempFile>,
    /// Whether no frame was written yet.
    is_empty: bool,
}

impl StreamFile {
    /// Opens the file, and the sink that `make` makes of it; `make` also gets the name that it has meanwhile.
    ///
    /// # Errors
    /// [`crate::VideoError::Write`], and those of `make`.
    pub(super) fn create(
        path: &Path,
        make: impl FnOnce(&Path, Box<dyn Write + Send>) -> Result<Box<dyn Sink>>,
    ) -> Result<Box<dyn Sink>> {
        let refused = |error| file::refused(path, error);
        let older = fs::metadata(path).ok();
        // Pipes and devices are written as they are.
        if older.as_ref().is_some_and(|older| !older.is_file()) {
            return make(path, Box::new(file::create(path)?));
        }
        let (writer, replacement) = match older {
            None => (file::create(path)?, None),
            Some(older) => {
                file::check_replaceable(path)?;
                // A link stays a link.
                let target = fs::canonicalize(path).map_err(refused)?;
                let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let replacement = tempfile::Builder::new()
                    .prefix(&format!("{name}."))
                    .suffix(".part")
                    .permissions(older.permissions())
                    .tempfile_in(target.parent().unwrap_or(Path::new("/")))
                    .map_err(refused)?;
                (replacement.reopen().map_err(refused)?, Some(replacement))
            }
        };
        let written = replacement.as_ref().map_or(path, NamedTempFile::path);
        let sink = make(written, Box::new(writer)).inspect_err(|_| {
            // What could not even begin leaves no new file.
            if replacement.is_none() {
                drop(fs::remove_file(path));
            }
        })?;
        Ok(Box::new(Self { sink, path: path.into(), replacement, is_empty: true }))
    }

    /// Leaves the frames of a stream that is not complete where they are: in the new file, or beside the older one.
    fn leave(path: &Path, replacement: Option<NamedTempFile>, is_empty: bool) {
        let written = replacement.as_ref().map_or(path, NamedTempFile::path);
        let is_empty = is_empty || fs::metadata(written).is_ok_and(|file| file.len() == 0);
        match (replacement, is_empty) {
            (None, true) => drop(fs::remove_file(path)),
            (Some(replacement), false) => {
                if let Ok((_, kept)) = replacement.keep() {
                    tracing::warn!(
                        "{} stays as it was; the frames until then are in {}",
                        path.display(),
                        kept.display()
                    );
                }
            }
            (None, false) | (Some(_), true) => {}
        }
    }
}

impl Sink for StreamFile {
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>> {
        self.is_empty = false;
        self.sink.write(yuyv)
    }

    fn write_cutout(&mut self, yuyv: &[u8], alpha: Cutout<'_>) -> Result<ControlFlow<()>> {
        self.is_empty = false;
        self.sink.write_cutout(yuyv, alpha)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { sink, path, replacement, is_empty } = *self;
        // An encoder may fail at the very end, such as of a full disk, when an hour of frames is written.
        if let Err(error) = sink.finish() {
            Self::leave(&path, replacement, is_empty);
            return Err(error);
        }
        let Some(replacement) = replacement else { return Ok(()) };
        let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        replacement.persist(target).map(drop).map_err(|PersistError { error, file }| {
            Self::leave(&path, Some(file), is_empty);
            file::refused(&path, error)
        })
    }

    fn abandon(self: Box<Self>) -> Result<()> {
        let Self { sink, path, replacement, is_empty } = *self;
        let finished = sink.finish();
        Self::leave(&path, replacement, is_empty);
        finished
    }
}
