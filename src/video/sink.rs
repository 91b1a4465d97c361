//! Outputs: what every sink of frames does, and what sinks of streams share.

use std::{
    io::{self, Write},
    ops::ControlFlow,
    path::Path,
};

#[cfg(doc)]
use super::VideoError;
use super::file;
use crate::{FrameError, Result, Size};

/// An output for a sequence of frames.
pub trait Sink: Send {
    /// Writes one frame of packed YUYV. Returns `Break` when the output needs no more frames, because its
    /// picture is written or the reader of its pipe has left. It ignores later frames.
    ///
    /// # Errors
    /// [`VideoError::Write`], [`FrameError::Bytes`].
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>>;

    /// Whether it needs the first frame alone.
    fn is_still(&self) -> bool {
        false
    }

    /// Writes one frame with its alpha. Outputs without an alpha channel (see [`super::carries_alpha`]) write the
    /// frame alone.
    ///
    /// # Errors
    /// As [`Self::write`], and those of `alpha`.
    fn write_cutout(&mut self, yuyv: &[u8], alpha: Cutout<'_>) -> Result<ControlFlow<()>> {
        let _ = alpha;
        self.write(yuyv)
    }

    /// Completes the output. Always call it or [`Self::abandon`], or the last errors are lost.
    ///
    /// # Errors
    /// [`VideoError::Write`]; [`VideoError::NoSuchFrame`] if the frame to keep as a picture never came.
    fn finish(self: Box<Self>) -> Result<()>;

    /// Ends an output whose run has failed: the frames written stay, but they replace nothing, and an output
    /// without a frame does not stay.
    ///
    /// # Errors
    /// As [`Self::finish`].
    fn abandon(self: Box<Self>) -> Result<()> {
        self.finish()
    }
}

/// Computes a frame's alpha on demand: 0..1, row by row.
pub type Cutout<'a> = &'a dyn Fn() -> Result<Vec<f32>>;

/// Checks that `yuyv` is one frame of `size`.
pub(super) fn check_bytes(size: Size, yuyv: &[u8]) -> Result<(), FrameError> {
    if yuyv.len() == size.yuyv_bytes() {
        return Ok(());
    }
    Err(FrameError::Bytes { size, got: yuyv.len() })
}

/// Writes one frame unbuffered, so that an abrupt end loses nothing. A reader that has left is not an error:
/// it sets `closed`, and later frames are discarded.
pub(super) fn write_frame(
    path: &Path,
    out: &mut dyn Write,
    bytes: &[u8],
    closed: &mut bool,
) -> Result<ControlFlow<()>> {
    if !*closed {
        match out.write_all(bytes) {
            Ok(()) => return Ok(ControlFlow::Continue(())),
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => *closed = true,
            Err(e) => return Err(file::refused(path, e)),
        }
    }
    Ok(ControlFlow::Break(()))
}

/// Flushes a stream at its end.
pub(super) fn flush(path: &Path, out: &mut dyn Write, closed: bool) -> Result<()> {
    match out.flush() {
        Err(e) if !closed && e.kind() != io::ErrorKind::BrokenPipe => Err(file::refused(path, e)),
        _ => Ok(()),
    }
}
