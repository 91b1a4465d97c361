//! YUV4MPEG2 (`.y4m`): 8-bit planes behind a line of text, as mjpegtools' yuv4mpeg(5) describes it.
//!
//! The header names no matrix: BT.601 unless `--matrix` says otherwise. `XCOLORRANGE=FULL` or `LIMITED` is ffmpeg's
//! tag for the range; limited without it. What is written is C422, YUYV's samples in another order: no loss.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use crate::{Colorimetry, Error, Matrix, Range, Result, Size};

use super::{Fps, Sink, Source, VideoFormat, Wanted, file, raw::read_full};

/// Longest line of text read, in bytes: a header is under 200.
const LINE: u64 = 4096;

/// How chroma is sampled. Across, a sample belongs to its pair of pixels, as in YUYV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chroma {
    /// None: grey.
    Mono,
    /// A row for two rows of luma, halfway between them (C420, C420jpeg, C420mpeg2).
    Between,
    /// A row for two rows of luma, on the upper one (C420paldv).
    Upper,
    /// A row for each row (C422).
    Each,
    /// A sample for each pixel (C444).
    Pixel,
}

impl Chroma {
    /// By the tag after `C`; none for what is not read.
    fn of(tag: &str) -> Option<Self> {
        match tag {
            "420" | "420jpeg" | "420mpeg2" => Some(Self::Between),
            "420paldv" => Some(Self::Upper),
            "422" => Some(Self::Each),
            "444" => Some(Self::Pixel),
            "mono" => Some(Self::Mono),
            _ => None,
        }
    }

    /// Width and height of a chroma plane.
    fn plane(self, width: usize, height: usize) -> (usize, usize) {
        match self {
            Self::Mono => (0, 0),
            Self::Between | Self::Upper => (width.div_ceil(2), height.div_ceil(2)),
            Self::Each => (width.div_ceil(2), height),
            Self::Pixel => (width, height),
        }
    }

    /// The two chroma rows around luma row `y` and the quarters of the first: linear between their positions, held
    /// at the edges. [`Chroma::Between`] has row k at luma 2k + ½, so row 2k lies ¼ of a chroma row before it.
    fn rows(self, y: usize, rows: usize) -> (usize, usize, u16) {
        let (k, odd) = (y / 2, y % 2 == 1);
        let below = (k + 1).min(rows.saturating_sub(1));
        match self {
            Self::Between if odd => (k, below, 3),
            Self::Between => (k, k.saturating_sub(1), 3),
            Self::Upper if odd => (k, below, 2),
            Self::Upper => (k, k, 4),
            Self::Mono | Self::Each | Self::Pixel => (y, y, 4),
        }
    }
}

/// What the first line says.
#[derive(Debug)]
struct Header {
    /// The planes' size; its width may be odd.
    size: Size,
    fps: Option<Fps>,
    chroma: Chroma,
    range: Option<Range>,
}

impl Header {
    fn parse(path: &Path, line: &[u8]) -> Result<Self> {
        let wrong = |reason: String| Error::Y4m { path: path.into(), reason };
        let text = String::from_utf8_lossy(line);
        let mut words = text.split_ascii_whitespace();
        if words.next() != Some("YUV4MPEG2") {
            return Err(wrong("it does not begin with YUV4MPEG2".into()));
        }
        let mut header = Self { size: Size::new(0, 0), fps: None, chroma: Chroma::Between, range: None };
        for word in words {
            let (tag, value) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            let side =
                || value.parse::<u32>().map_err(|_| wrong(format!("{word} is no size in its first line")));
            match tag {
                "W" => header.size.width = side()?,
                "H" => header.size.height = side()?,
                "F" => {
                    let parts = value.split_once(':').map(|(a, b)| (a.parse(), b.parse()));
                    let Some((Ok(above), Ok(below))) = parts else {
                        return Err(wrong(format!("{word} is no frame rate in its first line")));
                    };
                    // F0:0 means unknown.
                    header.fps = Fps::new(above, below);
                }
                "C" => {
                    let other = || Error::Y4mColour { path: path.into(), name: value.into() };
                    header.chroma = Chroma::of(value).ok_or_else(other)?;
                }
                "I" if !matches!(value, "p" | "?") => {
                    tracing::warn!("{} is interlaced; its frames are taken as they are", path.display());
                }
                "X" if value == "COLORRANGE=FULL" => header.range = Some(Range::Full),
                "X" if value == "COLORRANGE=LIMITED" => header.range = Some(Range::Limited),
                _ => {}
            }
        }
        if header.size.width == 0 || header.size.height == 0 {
            return Err(wrong("its first line gives no width or no height (W, H)".into()));
        }
        Ok(header)
    }
}

/// Reads a .y4m stream as YUYV.
pub struct Y4mSource {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    format: VideoFormat,
    chroma: Chroma,
    /// Width of the luma plane.
    stride: usize,
    frames: Option<u64>,
    given: u64,
    planes: Vec<u8>,
    frame: Vec<u8>,
}

impl Y4mSource {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Y4m`], [`Error::Y4mColour`], [`Error::FrameSize`].
    pub fn open(path: &Path, wanted: &Wanted) -> Result<Self> {
        let (file, length) = file::open(path)?;
        Self::new(path, Box::new(file), length, wanted)
    }

    /// Reads a stream, `length` bytes in all where that is known; `path` is its name in errors.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn new(
        path: &Path,
        reader: Box<dyn Read + Send>,
        length: Option<u64>,
        wanted: &Wanted,
    ) -> Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let line = line(path, &mut reader)?;
        let Header { size: Size { width, height }, fps, chroma, range } = Header::parse(path, &line)?;
        let size = match width % 2 {
            1 if width > 1 => Size::new(width - 1, height),
            _ => Size::new(width, height),
        };
        size.check_frame()?;
        if size.width != width {
            tracing::info!(
                "{} is {width} pixels wide: the last column is left out, YUYV has pairs of pixels",
                path.display()
            );
        }
        let stride = width as usize;
        let (across, down) = chroma.plane(stride, height as usize);
        let planes = vec![0; stride * height as usize + 2 * across * down];
        let own = Colorimetry { matrix: Matrix::Bt601, range: range.unwrap_or_default() };
        let one = ("FRAME\n".len() + planes.len()) as u64;
        Ok(Self {
            path: path.into(),
            reader: Box::new(reader),
            format: VideoFormat { size, fps: fps.or(wanted.fps), colorimetry: wanted.colorimetry(own) },
            chroma,
            stride,
            frames: length.map(|l| l.saturating_sub(line.len() as u64) / one),
            given: 0,
            planes,
            frame: vec![0; size.yuyv_bytes()],
        })
    }

    /// Reads the next frame into [`Self::frame`]; false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        let line = line(&self.path, &mut self.reader)?;
        if line.is_empty() {
            return Ok(false);
        }
        let cut_off = Error::CutOff { path: self.path.clone(), frame: self.given + 1 };
        if !line.starts_with(b"FRAME") || !matches!(line.get(5), Some(b' ' | b'\n') | None) {
            let reason = format!("frame {} does not begin with FRAME", self.given + 1);
            return Err(if line.ends_with(b"\n") || line.len() as u64 == LINE {
                Error::Y4m { path: self.path.clone(), reason }
            } else {
                cut_off
            });
        }
        let got = read_full(&mut self.reader, &mut self.planes)
            .map_err(|e| Error::Read { path: self.path.clone(), reason: format!("{e}; check the disk") })?;
        if got < self.planes.len() {
            return Err(cut_off);
        }
        self.pack();
        self.given += 1;
        Ok(true)
    }

    /// The frame read last.
    pub(crate) fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Planes to YUYV.
    fn pack(&mut self) {
        let (width, height) = (self.format.size.width as usize, self.format.size.height as usize);
        let (across, down) = self.chroma.plane(self.stride, height);
        let (luma, chroma) = self.planes.split_at(self.stride * height);
        let (cb, cr) = chroma.split_at(across * down);
        for (y, out) in self.frame.chunks_exact_mut(2 * width).enumerate() {
            let luma = &luma[y * self.stride..][..width];
            for (pair, codes) in out.chunks_exact_mut(4).zip(luma.chunks_exact(2)) {
                pair.copy_from_slice(&[codes[0], 128, codes[1], 128]);
            }
            let (first, second, quarters) = self.chroma.rows(y, down);
            for (plane, at) in [(cb, 1), (cr, 3)] {
                let row = |y: usize| plane.get(y * across..(y + 1) * across).unwrap_or_default();
                let (first, second) = (row(first), row(second));
                let codes = out.iter_mut().skip(at).step_by(4);
                if self.chroma == Chroma::Pixel {
                    let mean = |p: &[u8]| (u16::from(p[0]) + u16::from(p[1])).div_ceil(2) as u8;
                    codes.zip(first.chunks_exact(2)).for_each(|(code, pair)| *code = mean(pair));
                } else {
                    let blend = |a: &u8, b: &u8| {
                        ((quarters * u16::from(*a) + (4 - quarters) * u16::from(*b) + 2) / 4) as u8
                    };
                    codes.zip(first.iter().zip(second)).for_each(|(code, (a, b))| *code = blend(a, b));
                }
            }
        }
    }
}

impl Source for Y4mSource {
    fn format(&self) -> VideoFormat {
        self.format
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        Ok(self.advance()?.then_some(&self.frame[..]))
    }
}

/// A line with its end, or what there is of it; empty at the end of the stream.
fn line(path: &Path, reader: &mut dyn BufRead) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    let read = reader.take(LINE).read_until(b'\n', &mut line);
    read.map_err(|e| Error::Read { path: path.into(), reason: format!("{e}; check the disk") })?;
    Ok(line)
}

/// Writes YUYV as C422.
pub struct Y4mSink<W> {
    path: PathBuf,
    writer: W,
    size: Size,
    /// One frame as it is written.
    frame: Vec<u8>,
    closed: bool,
}

impl Y4mSink<File> {
    /// Writes a file.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn create(path: &Path, format: VideoFormat) -> Result<Self> {
        Self::new(path, file::create(path)?, format)
    }
}

impl<W: Write + Send> Y4mSink<W> {
    /// Writes any stream; `path` is its name in errors.
    ///
    /// # Errors
    /// [`Error::Write`].
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
        let _ = super::write_frame(path, &mut writer, header.as_bytes(), &mut closed)?;
        let frame = Vec::with_capacity(6 + size.yuyv_bytes());
        Ok(Self { path: path.into(), writer, size, frame, closed })
    }
}

impl<W: Write + Send> Sink for Y4mSink<W> {
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>> {
        super::check_bytes(&self.path, self.size, yuyv)?;
        self.frame.clear();
        self.frame.extend_from_slice(b"FRAME\n");
        for (first, step) in [(0, 2), (1, 4), (3, 4)] {
            self.frame.extend(yuyv.iter().skip(first).step_by(step));
        }
        super::write_frame(&self.path, &mut self.writer, &self.frame, &mut self.closed)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        super::flush(&self.path, &mut self.writer, self.closed)
    }
}
