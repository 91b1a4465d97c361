//! Inputs and outputs of frames in packed YUYV.
//!
//! ```text
//! --camera  V4L2 capture                                                ── Camera ──▶ &[u8]
//! --input   picture · .y4m · raw YUYV · any video (ffmpeg) · testcard      ── Source ──▶ &[u8]
//! --output  picture · .y4m · raw YUYV · -                                  ◀── Sink ──── &[u8]
//! --output  v4l2loopback                                              ◀── Loopback ── &[u8]
//! ```
//! [`open_source`] and [`open_sink`] choose the type by file name. Cameras and loopbacks run on clocks of
//! their own and appear and vanish, so `crate::live` connects them.

use std::{
    fs::File,
    io::{self, Cursor, Read, Write},
    num::NonZeroU64,
    ops::ControlFlow,
    os::fd::AsFd,
    path::Path,
};

use crate::{Colorimetry, Error, FrameError, Matrix, Range, Result, Size};

mod adapt;
pub(crate) mod animation;
pub mod camera;
pub mod device;
mod error;
pub mod ffmpeg;
pub(crate) mod file;
pub(crate) mod fit;
pub mod fps;
pub mod loopback;
pub mod loopback_module;
pub mod looped;
pub mod mask;
pub mod npy;
pub mod picture;
pub mod raw;
pub mod sys;
pub mod testcard;
pub mod y4m;

pub use error::VideoError;
pub use fit::Fit;
pub use fps::Fps;
pub use testcard::check_card_alpha;

/// Size, frame rate and colorimetry of a stream (V4L2's `v4l2_pix_format` and `timeperframe`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoFormat {
    /// Size in pixels; the width is even.
    pub size: Size,
    /// Frames per second; none if the input has no rate.
    pub fps: Option<Fps>,
    /// How YCbCr codes map to R'G'B'.
    pub colorimetry: Colorimetry,
}

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

/// An output for a sequence of frames.
pub trait Sink: Send {
    /// Writes one frame of packed YUYV. Returns `Break` when the output needs no more frames, because its
    /// picture is written or the reader of its pipe has left. It ignores later frames.
    ///
    /// # Errors
    /// [`VideoError::Write`], [`FrameError::Bytes`].
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>>;

    /// Writes one frame with its alpha. Outputs without an alpha channel (see [`carries_alpha`]) write the
    /// frame alone.
    ///
    /// # Errors
    /// As [`Self::write`], and those of `alpha`.
    fn write_cutout(&mut self, yuyv: &[u8], alpha: Cutout<'_>) -> Result<ControlFlow<()>> {
        let _ = alpha;
        self.write(yuyv)
    }

    /// Completes the output. Always call it, or the last errors are lost.
    ///
    /// # Errors
    /// [`VideoError::Write`]; [`VideoError::NoSuchFrame`] if the frame to keep as a picture never came.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Computes a frame's alpha on demand: 0..1, row by row.
pub type Cutout<'a> = &'a dyn Fn() -> Result<Vec<f32>>;

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
    /// `-`: raw YUYV or .y4m on standard input.
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
        match name.to_str() {
            Some("-") => return Self::Stdin,
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

/// Opens the input called `name`.
///
/// # Errors
/// One sentence that says what is wrong with the name, the file or the options.
pub fn open_source(name: &Path, options: &InputOptions) -> Result<Box<dyn Source>> {
    options.size.map_or(Ok(()), |size| size.check_frame().map(drop))?;
    let source: Box<dyn Source> = match InputKind::from_name(name) {
        InputKind::Stdin => {
            let own = io::stdin().as_fd().try_clone_to_owned();
            let advice = "pipe YUYV into it";
            let own = own.map_err(|source| VideoError::ReadIo { path: name.into(), source, advice })?;
            return open_stream(name, Box::new(File::from(own)), options);
        }
        InputKind::Picture => Box::new(picture::PictureSource::open(name, options)?),
        InputKind::Y4m => Box::new(y4m::Y4mSource::open(name, options)?),
        InputKind::Raw => Box::new(raw::RawSource::open(name, options)?),
        InputKind::Video => Box::new(ffmpeg::FfmpegSource::open(name, options)?),
        InputKind::TestCard(text) => Box::new(testcard::CardSource::open(text.as_deref(), options)?),
    };
    Ok(adapt::fit(source, options))
}

/// Reads a pipe: .y4m, recognised by its first bytes, or raw YUYV. Errors call it `name`.
///
/// # Errors
/// As [`open_source`].
pub fn open_stream(
    name: &Path,
    mut reader: Box<dyn Read + Send>,
    options: &InputOptions,
) -> Result<Box<dyn Source>> {
    let mut head = [0; 10];
    let got = raw::read_full(&mut *reader, &mut head);
    let got = got.map_err(|source| VideoError::ReadIo { path: name.into(), source, advice: "try a file" })?;
    let whole = Box::new(Cursor::new(head).take(got as u64).chain(reader));
    let source: Box<dyn Source> = if head == *b"YUV4MPEG2 " {
        Box::new(y4m::Y4mSource::new(name, whole, None, options)?)
    } else {
        Box::new(raw::RawSource::new(name, whole, options)?)
    };
    Ok(adapt::fit(source, options))
}

/// The frame that a picture shows by default: the first.
pub const FIRST_FRAME: NonZeroU64 = NonZeroU64::MIN;

/// The file name extensions that [`open_sink`] accepts, for messages.
pub const OUTPUT_ENDINGS: &str = ".png, .jpg or .webp for one picture, .y4m or .yuyv for a video, or write - for raw YUYV on standard output";

/// Extensions of outputs with many frames.
const STREAM_ENDINGS: [&str; 4] = ["y4m", "yuyv", "yuy2", "raw"];

/// Checks the extension and the folder of an output before any costly work starts.
///
/// # Errors
/// [`VideoError::OutputEnding`], [`VideoError::Write`].
pub fn check_output(name: &Path) -> Result<()> {
    let ending = file::ending(name);
    let known = picture::PictureFormat::from_extension(&ending).is_some()
        || STREAM_ENDINGS.contains(&ending.as_str());
    if name.as_os_str() == "-" {
        return Ok(());
    }
    if !known {
        return Err(Error::Video(VideoError::OutputEnding { path: name.into(), endings: OUTPUT_ENDINGS }));
    }
    file::check_folder(name)
}

/// Whether the output that [`open_sink`] opens for `name` can store alpha.
pub fn carries_alpha(name: &Path) -> bool {
    matches!(
        picture::PictureFormat::from_extension(&file::ending(name)),
        Some(picture::PictureFormat::Png | picture::PictureFormat::WebP)
    )
}

/// Opens the output called `name` for frames of `format`. A picture keeps frame number `frame`, counted from
/// 1. `input` is the file being read; a stream must not overwrite it.
///
/// # Errors
/// [`VideoError::OutputEnding`], [`VideoError::Write`], [`VideoError::SameFile`].
pub fn open_sink(
    name: &Path,
    format: VideoFormat,
    frame: NonZeroU64,
    input: Option<&Path>,
) -> Result<Box<dyn Sink>> {
    format.size.check_frame()?;
    if name.as_os_str() == "-" {
        return Ok(Box::new(raw::RawSink::stdout(format)?));
    }
    let ending = file::ending(name);
    if let Some(kind) = picture::PictureFormat::from_extension(&ending) {
        return Ok(Box::new(picture::PictureSink::create(name, kind, format, frame)?));
    }
    if input.is_some_and(|input| file::same(input, name)) {
        return Err(Error::Video(VideoError::SameFile { path: name.into() }));
    }
    match ending.as_str() {
        "y4m" => Ok(Box::new(y4m::Y4mSink::create(name, format)?)),
        "yuyv" | "yuy2" | "raw" => Ok(Box::new(raw::RawSink::create(name, format)?)),
        _ => Err(Error::Video(VideoError::OutputEnding { path: name.into(), endings: OUTPUT_ENDINGS })),
    }
}

/// Checks that `yuyv` is one frame of `size`.
fn check_bytes(size: Size, yuyv: &[u8]) -> Result<(), FrameError> {
    if yuyv.len() == size.yuyv_bytes() {
        return Ok(());
    }
    Err(FrameError::Bytes { size, got: yuyv.len() })
}

/// Writes one frame unbuffered, so that an abrupt end loses nothing. A reader that has left is not an error:
/// it sets `closed`, and later frames are discarded.
fn write_frame(path: &Path, out: &mut dyn Write, bytes: &[u8], closed: &mut bool) -> Result<ControlFlow<()>> {
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
fn flush(path: &Path, out: &mut dyn Write, closed: bool) -> Result<()> {
    match out.flush() {
        Err(e) if !closed && e.kind() != io::ErrorKind::BrokenPipe => Err(file::refused(path, e)),
        _ => Ok(()),
    }
}
