//! Reads a .y4m stream as YUYV.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use crate::{
    Colorimetry, Error, Matrix, Result, Size, VideoError,
    frame::copies,
    video::{InputOptions, Source, VideoFormat, file, raw::read_full},
};

use super::{ChromaSampling, Header};

/// Longest line of text in bytes; headers are shorter than 200.
const MAX_LINE: u64 = 4096;

/// Reads a .y4m stream as YUYV.
pub struct Y4mSource {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    format: VideoFormat,
    chroma: ChromaSampling,
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
    /// [`VideoError::Read`], [`VideoError::Y4m`], [`VideoError::Y4mColour`], [`FrameError::Size`](crate::FrameError::Size).
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self> {
        let (file, length) = file::open(path)?;
        Self::new(path, Box::new(file), length, options)
    }

    /// Reads a stream of `length` bytes, if known. Errors call it `path`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn new(
        path: &Path,
        reader: Box<dyn Read + Send>,
        length: Option<u64>,
        options: &InputOptions,
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
            format: VideoFormat { size, fps: fps.or(options.fps), colorimetry: options.colorimetry(own) },
            chroma,
            stride,
            frames: length.map(|l| l.saturating_sub(line.len() as u64) / one),
            given: 0,
            planes,
            frame: vec![0; size.yuyv_bytes()],
        })
    }

    /// Reads the next frame into [`Self::frame`]. Returns false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        let line = line(&self.path, &mut self.reader)?;
        if line.is_empty() {
            return Ok(false);
        }
        let cut_off = Error::Video(VideoError::CutOff { path: self.path.clone(), frame: self.given + 1 });
        if !line.starts_with(b"FRAME") || !matches!(line.get(5), Some(b' ' | b'\n') | None) {
            let reason = format!("frame {} does not begin with FRAME", self.given + 1);
            return Err(if line.ends_with(b"\n") || line.len() as u64 == MAX_LINE {
                Error::Video(VideoError::Y4m { path: self.path.clone(), reason })
            } else {
                cut_off
            });
        }
        let got = read_full(&mut self.reader, &mut self.planes).map_err(|e| unreadable(&self.path, e))?;
        if got < self.planes.len() {
            return Err(cut_off);
        }
        self.pack();
        self.given += 1;
        Ok(true)
    }

    /// The last frame read.
    pub(crate) fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Packs the planes as YUYV.
    fn pack(&mut self) {
        copies::count();
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
                if self.chroma == ChromaSampling::C444 {
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
        if self.advance()? {
            return Ok(Some(&self.frame));
        }
        // An output that is made of nothing would replace a good one.
        if self.given == 0 {
            let reason = "it has no frame; check the program that wrote it".into();
            return Err(Error::Video(VideoError::Read { path: self.path.clone(), reason }));
        }
        Ok(None)
    }
}

/// Reads a line including its line break, or the part that exists; empty at the end of the stream.
fn line(path: &Path, reader: &mut dyn BufRead) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    let read = reader.take(MAX_LINE).read_until(b'\n', &mut line);
    read.map_err(|e| unreadable(path, e))?;
    Ok(line)
}

fn unreadable(path: &Path, source: io::Error) -> VideoError {
    VideoError::ReadIo { path: path.into(), source, advice: "check the disk" }
}
