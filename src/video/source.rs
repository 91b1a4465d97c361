//! Inputs: what every source of frames does, and the options and types of inputs.

use std::{num::NonZeroU64, path::Path};

use super::{Fit, Fps, VideoFormat, file};
use crate::{Colorimetry, Matrix, Range, Result, Size};

/// An input: a sequence of frames.
pub trait Source: Send {
    /// Size, rate and colorimetry of every frame.
    fn format(&self) -> VideoFormat;

    /// Total number of frames, if known. Containers can be wrong, so use it for progress bars only.
    fn frames(&self) -> Option<u64>;

    /// Exact alpha of frame number `frame`, counted from 1: 0..1, row by row. Only the test card knows it.
    fn alpha(&self, _frame: NonZeroU64) -> Option<Vec<f32>> {
        None
    }

    /// The next frame: `format().size.yuyv_bytes()` bytes of packed YUYV, borrowed until the next call; none
    /// at the end.
    ///
    /// # Errors
    /// Why the input cannot be read further. Frames returned earlier are valid.
    fn next(&mut self) -> Result<Option<&[u8]>>;
}

/// Options of an input; each `None` keeps the property of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InputOptions {
    /// Raw YUYV: the size of its frames. Other inputs: scaled to this size according to `fit`.
    pub size: Option<Size>,
    /// How frames of another size fill `size`.
    pub fit: Fit,
    /// Pictures and raw YUYV: the rate to assume. Streams with a rate of their own: frames are repeated or
    /// dropped, so that each output frame is the newest input frame at its time.
    pub fps: Option<Fps>,
    /// Number of frames. A picture is repeated, or given once with `None`; a stream may end earlier.
    pub frames: Option<u64>,
    /// Raw YUYV and .y4m: how to interpret the codes. Pictures and videos: how to encode them.
    pub matrix: Option<Matrix>,
    /// As `matrix`.
    pub range: Option<Range>,
}

impl InputOptions {
    /// The requested colorimetry; `own` where the options leave it open.
    #[doc(hidden)]
    pub fn colorimetry(&self, own: Colorimetry) -> Colorimetry {
        Colorimetry { matrix: self.matrix.unwrap_or(own.matrix), range: self.range.unwrap_or(own.range) }
    }
}

/// The type of an input, determined by its name alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// `testcard` or `testcard:SCENE[,PRESENTER]`: the text after the colon.
    TestCard(Option<String>),
    /// `-`: a picture, .y4m or raw YUYV on standard input.
    Stdin,
    /// `.png`, `.jpg`, `.jpeg`, `.webp`.
    Picture,
    /// `.y4m`.
    Y4m,
    /// `.yuyv`, `.yuy2`, `.raw`.
    Raw,
    /// Any other file, decoded by ffmpeg.
    Video,
}

impl InputKind {
    /// The type of the input named after `--input`.
    pub fn from_name(name: &Path) -> Self {
        if is_standard_stream(name) {
            return Self::Stdin;
        }
        match name.to_str() {
            Some("testcard") => return Self::TestCard(None),
            Some(text) if text.starts_with("testcard:") => {
                return Self::TestCard(Some(text["testcard:".len()..].to_owned()));
            }
            _ => {}
        }
        match file::ending(name).as_str() {
            "png" | "jpg" | "jpeg" | "webp" => Self::Picture,
            "y4m" => Self::Y4m,
            "yuyv" | "yuy2" | "raw" => Self::Raw,
            _ => Self::Video,
        }
    }
}

/// Whether a name means standard input or standard output, as ffmpeg and the shell write it.
pub fn is_standard_stream(name: &Path) -> bool {
    let names = ["-", "pipe:", "pipe:0", "pipe:1", "/dev/stdin", "/dev/stdout", "/dev/fd/0", "/dev/fd/1"];
    name.to_str().is_some_and(|name| names.contains(&name))
}

/// Whether a file can be read only once, and only as fast as another program writes it: a standard stream or a named
/// pipe.
#[cfg(feature = "control")]
pub(crate) fn is_stream(name: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    is_standard_stream(name) || name.metadata().is_ok_and(|data| data.file_type().is_fifo())
}
