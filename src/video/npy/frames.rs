//! The frames of an `.npy` file, one after the other.

use std::{
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{Header, Values, unreadable};
use crate::{Error, Result, Size, VideoError, frame::MAX_SIDE, video::file};

/// The frames of an array of shape `[frames, h, w]` or `[h, w]`, one after the other: float32 0..1, or uint8 in
/// steps of 1/255.
pub(crate) struct NpyFrames {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    values: Values,
    size: Size,
    left: usize,
    bytes: Vec<u8>,
}

impl NpyFrames {
    /// Opens a file.
    ///
    /// # Errors
    /// [`VideoError::Read`], [`VideoError::Npy`].
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let (file, length) = file::open(path)?;
        Self::read(path, Box::new(BufReader::new(file)), length)
    }

    /// The same for a stream of `length` bytes, if known. Errors call it `path`.
    ///
    /// # Errors
    /// [`VideoError::Npy`].
    pub(crate) fn read(path: &Path, mut reader: Box<dyn Read + Send>, length: Option<u64>) -> Result<Self> {
        let fail = |reason: String| Error::Video(VideoError::Npy { path: path.into(), reason });
        // A header of version 1 is no longer than this.
        let mut head = Vec::new();
        let read = reader.by_ref().take(1 << 16).read_to_end(&mut head);
        read.map_err(|source| unreadable(path, source))?;
        let (Header { shape, values, fortran }, rest) = Header::parse(&head).map_err(fail)?;
        let (left, height, width) = match shape[..] {
            [frames, height, width] => (frames, height, width),
            [height, width] => (1, height, width),
            _ => return Err(fail(format!("has the shape {shape:?}, not [frames, h, w] or [h, w]"))),
        };
        let side = |n: usize| u32::try_from(n).ok().filter(|n| (1..=MAX_SIDE).contains(n));
        let (Some(width), Some(height)) = (side(width), side(height)) else {
            return Err(fail(format!("has frames of {width}x{height} pixels; a side has 1 to {MAX_SIDE}")));
        };
        if fortran {
            return Err(fail("is in Fortran order; save it with numpy.ascontiguousarray".into()));
        }
        let size = Size::new(width, height);
        let frame_bytes = size.area() * if values == Values::U8 { 1 } else { 4 };
        let have = length.map(|length| length - (head.len() - rest.len()) as u64);
        let want = (frame_bytes as u64)
            .checked_mul(left as u64)
            .ok_or_else(|| fail("is larger than memory".into()))?;
        if let Some(have) = have.filter(|have| *have != want) {
            return Err(fail(format!("has {have} bytes of numbers and its shape needs {want}")));
        }
        let reader = Box::new(io::Cursor::new(rest.to_vec()).chain(reader));
        Ok(Self { path: path.into(), reader, values, size, left, bytes: vec![0; frame_bytes] })
    }

    /// Size of every frame.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// The next frame's values, row by row; none at the end.
    ///
    /// # Errors
    /// [`VideoError::ReadIo`].
    pub(crate) fn next(&mut self) -> Result<Option<Vec<f32>>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        self.reader.read_exact(&mut self.bytes).map_err(|source| unreadable(&self.path, source))?;
        let words = self.bytes.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
        Ok(Some(match self.values {
            Values::F32Little => words.map(f32::from_le_bytes).collect(),
            Values::F32Big => words.map(f32::from_be_bytes).collect(),
            Values::U8 => self.bytes.iter().map(|&v| f32::from(v) / 255.0).collect(),
        }))
    }
}
