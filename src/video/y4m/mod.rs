//! YUV4MPEG2 (`.y4m`): 8-bit planes after a line of text, as described in yuv4mpeg(5) of mjpegtools.
//!
//! The header has no field for the matrix: BT.601 is assumed unless `--matrix` is given. ffmpeg's tag
//! `XCOLORRANGE=FULL` or `LIMITED` gives the range; the default is limited. Output is C422, which reorders
//! the samples of YUYV without loss.

use std::path::Path;

use crate::{Error, Range, Result, Size, VideoError};

use super::Fps;

mod sink;
mod source;

pub use sink::Y4mSink;
pub use source::Y4mSource;

/// Chroma sampling. Horizontally, a sample belongs to a pair of pixels, as in YUYV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChromaSampling {
    /// No chroma: grey.
    Mono,
    /// One chroma row per two luma rows, halfway between them (C420, C420jpeg, C420mpeg2).
    C420,
    /// One chroma row per two luma rows, sited on the upper one (C420paldv).
    C420Paldv,
    /// One chroma row per luma row (C422).
    C422,
    /// One chroma sample per pixel (C444).
    C444,
}

impl ChromaSampling {
    /// The sampling of the tag after `C`; none if it is not supported.
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

    /// The two chroma rows around luma row `y` and the weight of the first in quarters. Chroma is
    /// interpolated linearly and clamped at the edges. [`ChromaSampling::C420`] has chroma row k at luma row
    /// 2k + ½, so luma row 2k lies ¼ of a chroma row before it.
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

/// The parsed first line.
#[derive(Debug)]
struct Header {
    /// Size of the luma plane; its width may be odd.
    size: Size,
    fps: Option<Fps>,
    chroma: ChromaSampling,
    range: Option<Range>,
}

impl Header {
    fn parse(path: &Path, line: &[u8]) -> Result<Self> {
        let wrong = |reason: String| Error::Video(VideoError::Y4m { path: path.into(), reason });
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
                    let other =
                        || Error::Video(VideoError::Y4mColour { path: path.into(), name: value.into() });
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
