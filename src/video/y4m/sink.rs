//! Writes YUYV as a .y4m stream.

use std::{
    io::Write,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use crate::{
    Matrix, Range, Result, Size,
    frame::copies,
    video::{Fps, Sink, VideoFormat, sink},
};

/// Writes YUYV as C422.
pub struct Y4mSink<W> {
    path: PathBuf,
    writer: W,
    size: Size,
    /// Buffer for one frame.
    frame: Vec<u8>,
    closed: bool,
}

impl<W: Write + Send> Y4mSink<W> {
    /// Writes to any stream. Errors call it `path`.
    ///
    /// # Errors
    /// [`crate::VideoError::Write`].
    pub fn new(path: &Path, mut writer: W, format: VideoFormat) -> Result<Self> {
        let VideoFormat { size, fps, colorimetry } = format;
        let fps = fps.unwrap_or(Fps::DEFAULT);
        let range = match colorimetry.range {
            Range::Limited => "LIMITED",
            Range::Full => "FULL",
        };
        if colorimetry.matrix == Matrix::Bt709 {
            tracing::info!("{} cannot say that its colours are BT.709: tell the reader", path.display());
        }
        let header = format!(
            "YUV4MPEG2 W{} H{} F{}:{} Ip A1:1 C422 XYSCSS=422 XCOLORRANGE={range}\n",
            size.width,
            size.height,
            fps.numerator(),
            fps.denominator()
        );
        let mut closed = false;
        let _ = sink::write_frame(path, &mut writer, header.as_bytes(), &mut closed)?;
        let frame = Vec::with_capacity(6 + size.yuyv_bytes());
        Ok(Self { path: path.into(), writer, size, frame, closed })
    }
}

impl<W: Write + Send> Sink for Y4mSink<W> {
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>> {
        sink::check_bytes(self.size, yuyv)?;
        copies::count();
        self.frame.clear();
        self.frame.extend_from_slice(b"FRAME\n");
        for (first, step) in [(0, 2), (1, 4), (3, 4)] {
            self.frame.extend(yuyv.iter().skip(first).step_by(step));
        }
        sink::write_frame(&self.path, &mut self.writer, &self.frame, &mut self.closed)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        sink::flush(&self.path, &mut self.writer, self.closed)
    }
}
