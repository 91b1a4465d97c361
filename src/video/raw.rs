//! Raw YUYV in a file or a pipe: frames only, without a header.

use std::{
    io::{self, Read, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use crate::{Error, Result, Size, VideoError};

use super::{InputOptions, Sink, Source, VideoFormat, file, sink};

/// Common sizes, to suggest those that match the length of a file.
const COMMON_SIZES: [(u32, u32); 14] = [
    (1280, 720),
    (1920, 1080),
    (640, 480),
    (640, 360),
    (320, 240),
    (800, 600),
    (848, 480),
    (960, 540),
    (1024, 768),
    (1280, 960),
    (256, 144),
    (160, 96),
    (3840, 2160),
    (320, 180),
];

/// Reads raw YUYV.
pub struct RawSource {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    format: VideoFormat,
    frames: Option<u64>,
    given: u64,
    frame: Vec<u8>,
}

impl RawSource {
    /// Opens a file that consists of frames of `options.size`.
    ///
    /// # Errors
    /// [`VideoError::Read`], [`VideoError::RawSize`], [`VideoError::RawLength`], [`FrameError::Size`](crate::FrameError::Size).
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self> {
        let (file, length) = file::open(path)?;
        let mut source = Self::new(path, Box::new(file), options)?;
        let (size, bytes) = (source.format.size, source.format.size.yuyv_bytes() as u64);
        if let Some(left) = length.map(|l| l % bytes).filter(|&l| l != 0) {
            let (length, path) = (length.unwrap_or(0), path.into());
            return Err(Error::Video(VideoError::RawLength {
                path,
                size,
                frames: length / bytes,
                left,
                fitting: fitting(length),
            }));
        }
        source.frames = length.map(|l| l / bytes);
        Ok(source)
    }

    /// Reads a stream of unknown length. Errors call it `path`.
    ///
    /// # Errors
    /// [`VideoError::RawSize`], [`FrameError::Size`](crate::FrameError::Size).
    pub fn new(path: &Path, reader: Box<dyn Read + Send>, options: &InputOptions) -> Result<Self> {
        let path: PathBuf = path.into();
        let size = options
            .size
            .ok_or_else(|| Error::Video(VideoError::RawSize { path: path.clone() }))?
            .check_frame()?;
        let format =
            VideoFormat { size, fps: options.fps, colorimetry: options.colorimetry(Default::default()) };
        let frame = vec![0; size.yuyv_bytes()];
        Ok(Self { path, reader, format, frames: None, given: 0, frame })
    }
}

impl Source for RawSource {
    fn format(&self) -> VideoFormat {
        self.format
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        let size = self.format.size;
        let got = read_full(&mut self.reader, &mut self.frame).map_err(|e| {
            Error::Video(VideoError::Read {
                path: self.path.clone(),
                reason: format!("{e} in frame {}; check the disk", self.given + 1),
            })
        })?;
        if got == 0 && self.given == 0 {
            let reason = "it gave not one byte; check the program before the pipe".into();
            return Err(Error::Video(VideoError::Read { path: self.path.clone(), reason }));
        }
        if got == 0 {
            return Ok(None);
        }
        if got < self.frame.len() {
            let (path, left) = (self.path.clone(), got as u64);
            let fitting = fitting(self.given * self.frame.len() as u64 + left);
            return Err(Error::Video(VideoError::RawLength {
                path,
                size,
                frames: self.given,
                left,
                fitting,
            }));
        }
        self.given += 1;
        Ok(Some(&self.frame))
    }
}

/// Fills `buffer` as far as the input reaches. Returns the number of bytes read.
pub(crate) fn read_full(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match reader.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}

/// The common sizes whose frames fill this length, four at most.
fn fitting(length: u64) -> Vec<Size> {
    let sizes = COMMON_SIZES.map(|(w, h)| Size::new(w, h));
    let fits = |size: &Size| length > 0 && length.is_multiple_of(size.yuyv_bytes() as u64);
    sizes.into_iter().filter(fits).take(4).collect()
}

/// Writes raw YUYV.
pub struct RawSink {
    path: PathBuf,
    writer: Box<dyn Write + Send>,
    size: Size,
    closed: bool,
}

impl RawSink {
    /// Writes to any stream. Errors call it `path`.
    pub fn new(path: &Path, writer: Box<dyn Write + Send>, format: VideoFormat) -> Self {
        Self { path: path.into(), writer, size: format.size, closed: false }
    }
}

impl Sink for RawSink {
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>> {
        sink::check_bytes(self.size, yuyv)?;
        sink::write_frame(&self.path, &mut self.writer, yuyv, &mut self.closed)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        sink::flush(&self.path, &mut self.writer, self.closed)
    }
}
