//! YUV4MPEG2 (`.y4m`): 8-bit planes behind a line of text, as mjpegtools' yuv4mpeg(5) describes it.
//!
//! The header names no matrix: BT.601 unless `--matrix` says otherwise. `XCOLORRANGE=FULL` or `LIMITED` is ffmpeg's
//! tag for the range; limited without it. What is written is C422, YUYV's samples in another order: no loss.

use std::path::Path;

use crate::{Error, Range, Result, Size};

use super::Fps;

mod sink;
mod source;

pub use sink::Y4mSink;
pub use source::Y4mSource;

/// How chroma is sampled. Across, a sample belongs to its pair of pixels, as in YUYV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChromaSampling {
    /// None: grey.
    Mono,
    /// A row for two rows of luma, halfway between them (C420, C420jpeg, C420mpeg2).
    C420,
    /// A row for two rows of luma, on the upper one (C420paldv).
    C420Paldv,
    /// A row for each row (C422).
    C422,
    /// A sample for each pixel (C444).
    C444,
}

impl ChromaSampling {
    /// By the tag after `C`; none for what is not read.
    fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "420" | "420jpeg" | "420mpeg2" => Some(Self::C420),
            "420paldv" => Some(Self::C420Paldv),
            "422" => Some(Self::C422),
            "444" => Some(Self::C444),
            "mono" => Some(Self::Mono),
            _ => None,
        }
    }

    /// Width and height of a chroma plane.
    fn plane(self, width: usize, height: usize) -> (usize, usize) {
        match self {
            Self::Mono => (0, 0),
            Self::C420 | Self::C420Paldv => (width.div_ceil(2), height.div_ceil(2)),
            Self::C422 => (width.div_ceil(2), height),
            Self::C444 => (width, height),
        }
    }

    /// The two chroma rows around luma row `y` and the quarters of the first: linear between their positions, held
    /// at the edges. [`ChromaSampling::C420`] has row k at luma 2k + ½, so row 2k lies ¼ of a chroma row before it.
    fn rows(self, y: usize, rows: usize) -> (usize, usize, u16) {
        let (k, odd) = (y / 2, y % 2 == 1);
        let below = (k + 1).min(rows.saturating_sub(1));
        match self {
            Self::C420 if odd => (k, below, 3),
            Self::C420 => (k, k.saturating_sub(1), 3),
            Self::C420Paldv if odd => (k, below, 2),
            Self::C420Paldv => (k, k, 4),
            Self::Mono | Self::C422 | Self::C444 => (y, y, 4),
        }
    }
}

/// What the first line says.
#[derive(Debug)]
struct Header {
    /// The planes' size; its width may be odd.
    size: Size,
    fps: Option<Fps>,
    chroma: ChromaSampling,
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
        let mut header = Self { size: Size::new(0, 0), fps: None, chroma: ChromaSampling::C420, range: None };
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
                    header.chroma = ChromaSampling::from_tag(value).ok_or_else(other)?;
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
