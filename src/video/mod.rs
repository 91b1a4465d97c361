//! Inputs and outputs of frames in packed YUYV.
//!
//! ```text
//! --camera  V4L2 capture                                                ── Camera ──▶ &[u8]
//! --input   picture · .y4m · raw YUYV · any video (ffmpeg) · testcard      ── Source ──▶ &[u8]
//! --output  picture · .y4m · raw YUYV · .mp4, .mkv, .webm (ffmpeg) · -       ◀── Sink ──── &[u8]
//! --output  v4l2loopback                                              ◀── Loopback ── &[u8]
//! --output  PipeWire                                            ◀── PipeWireOutput ── &[u8]
//! ```
//! [`open_source`] and [`open_sink`] choose the type by file name. Cameras and loopbacks run on clocks of
//! their own and appear and vanish, so `crate::live` connects them.

use std::{
    fs::File,
    io::{self, Cursor, IsTerminal, Read, Write},
    num::NonZeroU64,
    os::fd::AsFd,
    path::Path,
};

use crate::{Error, Result};

mod adapt;
pub(crate) mod animation;
pub mod camera;
mod control_error;
pub mod device;
mod error;
pub mod ffmpeg;
pub(crate) mod file;
pub(crate) mod fit;
mod format;
pub mod fps;
pub(crate) mod holders;
pub mod jpeg;
pub mod loopback;
pub mod loopback_module;
pub mod looped;
pub mod mask;
pub mod npy;
pub mod picture;
#[cfg(feature = "pipewire")]
pub mod pipewire;
mod pipewire_error;
pub mod producer;
pub mod raw;
pub mod role;
mod sink;
mod source;
#[doc(hidden)]
pub mod steady;
mod stream_file;
pub mod testcard;
pub mod v4l2;
pub mod y4m;

pub use control_error::ControlError;
pub use error::{DeviceError, DeviceFault, FormatError, VideoError};
pub use fit::Fit;
pub use format::VideoFormat;
pub use fps::Fps;
pub use pipewire_error::PipeWireError;
pub use sink::{Cutout, Sink};
#[cfg(feature = "control")]
pub(crate) use source::is_stream;
pub use source::{InputKind, InputOptions, Source, is_standard_stream};
pub use testcard::check_card_alpha;

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

/// Reads a pipe: a picture or .y4m, recognised by its first bytes, or raw YUYV. Errors call it `name`.
///
/// # Errors
/// As [`open_source`].
pub fn open_stream(
    name: &Path,
    mut reader: Box<dyn Read + Send>,
    options: &InputOptions,
) -> Result<Box<dyn Source>> {
    let mut head = [0; 12];
    let refused = |source| VideoError::ReadIo { path: name.into(), source, advice: "try a file" };
    let got = raw::read_full(&mut *reader, &mut head).map_err(refused)?;
    let whole = Box::new(Cursor::new(head).take(got as u64).chain(reader));
    let source: Box<dyn Source> = if head.starts_with(b"YUV4MPEG2 ") {
        Box::new(y4m::Y4mSource::new(name, whole, None, options)?)
    } else if got == 0 {
        let reason = "it gave not one byte; check the program before the pipe".into();
        return Err(Error::Video(VideoError::Read { path: name.into(), reason }));
    } else if picture::begins(&head[..got]) {
        let mut bytes = Vec::new();
        whole.take(picture::MAX_BYTES).read_to_end(&mut bytes).map_err(refused)?;
        Box::new(picture::PictureSource::decode(name, bytes, options)?)
    } else {
        Box::new(raw::RawSource::new(name, whole, options)?)
    };
    Ok(adapt::fit(source, options))
}

/// The frame that a picture shows by default: the first.
pub const FIRST_FRAME: NonZeroU64 = NonZeroU64::MIN;

/// The file name extensions that [`open_sink`] accepts, for messages.
pub const OUTPUT_ENDINGS: &str = ".png, .jpg or .webp for one picture, .mp4, .mkv, .webm, .y4m or .yuyv for a video, or write - for standard output";

/// The format of a stream of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum StreamFormat {
    /// .y4m in 4:2:2, which ffmpeg, mpv and encoders read without being told its size.
    #[default]
    Y4m,
    /// Raw YUYV: the frames' bytes and nothing else.
    Yuyv,
}

impl StreamFormat {
    /// The format of a file name extension in lower case.
    fn from_extension(extension: &str) -> Option<Self> {
        match extension {
            "y4m" => Some(Self::Y4m),
            "yuyv" | "yuy2" | "raw" => Some(Self::Yuyv),
            _ => None,
        }
    }

    fn sink(self, name: &Path, writer: Box<dyn Write + Send>, format: VideoFormat) -> Result<Box<dyn Sink>> {
        Ok(match self {
            Self::Y4m => Box::new(y4m::Y4mSink::new(name, writer, format)?),
            Self::Yuyv => Box::new(raw::RawSink::new(name, writer, format)),
        })
    }
}

/// Checks the extension and the folder of an output before any costly work starts.
///
/// # Errors
/// [`VideoError::OutputEnding`], [`VideoError::Write`].
pub fn check_output(name: &Path) -> Result<()> {
    let ending = file::ending(name);
    let known = picture::PictureFormat::from_extension(&ending).is_some()
        || StreamFormat::from_extension(&ending).is_some()
        || ffmpeg::Container::from_extension(&ending).is_some();
    if is_standard_stream(name) {
        return match io::stdout().is_terminal() {
            true => Err(Error::Video(VideoError::Terminal)),
            false => Ok(()),
        };
    }
    if !known && !name.is_dir() {
        return Err(Error::Video(VideoError::OutputEnding { path: name.into(), endings: OUTPUT_ENDINGS }));
    }
    file::check_writable(name)
}

/// Checks that an output is none of the files being read, under whatever name.
///
/// # Errors
/// [`VideoError::SameFile`].
pub fn check_is_no_input<'a>(output: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    match inputs.into_iter().any(|input| file::same(input, output)) {
        true => Err(Error::Video(VideoError::SameFile { path: output.into() })),
        false => Ok(()),
    }
}

/// The sink of [`open_sink`] for frames that come at their own times, such as a camera's: a video file plays as fast as they
/// came. Streams get each frame once.
///
/// # Errors
/// Those of [`open_sink`].
pub fn open_recording(name: &Path, format: VideoFormat, frame: NonZeroU64) -> Result<Box<dyn Sink>> {
    let sink = open_sink(name, format, frame, None)?;
    let plays = ffmpeg::Container::from_extension(&file::ending(name)).is_some();
    let fps = format.fps.unwrap_or(Fps::DEFAULT);
    Ok(if plays { Box::new(steady::SteadySink::new(sink, fps)) } else { sink })
}

/// Whether a name has the ending of a picture.
pub fn is_picture_name(name: &Path) -> bool {
    picture::PictureFormat::from_extension(&file::ending(name)).is_some()
}

/// Whether the output that [`open_sink`] opens for `name` can store alpha.
pub fn carries_alpha(name: &Path) -> bool {
    matches!(
        picture::PictureFormat::from_extension(&file::ending(name)),
        Some(picture::PictureFormat::Png | picture::PictureFormat::WebP)
    )
}

/// Opens the output called `name` for frames of `format`. A picture keeps frame number `frame`, counted from
/// 1. `input` is the file being read, which no output may replace. Standard output is written as .y4m.
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
    if is_standard_stream(name) {
        return open_stdout(format, StreamFormat::default());
    }
    check_is_no_input(name, input)?;
    let ending = file::ending(name);
    if let Some(kind) = picture::PictureFormat::from_extension(&ending) {
        return Ok(Box::new(picture::PictureSink::create(name, kind, format, frame)?));
    }
    if let Some(container) = ffmpeg::Container::from_extension(&ending) {
        let make = |written: &Path| -> Result<Box<dyn Sink>> {
            Ok(Box::new(ffmpeg::FfmpegSink::create(name, written, container, format, input)?))
        };
        // ffmpeg alone opens a pipe: who reads it would take one that is opened and closed before for its end.
        if file::is_pipe_or_device(name) {
            return make(name);
        }
        return stream_file::StreamFile::create(name, |written, _| make(written));
    }
    match StreamFormat::from_extension(&ending) {
        Some(stream) => stream_file::StreamFile::create(name, |_, writer| stream.sink(name, writer, format)),
        None => Err(Error::Video(VideoError::OutputEnding { path: name.into(), endings: OUTPUT_ENDINGS })),
    }
}

/// Writes frames of `format` to standard output.
///
/// # Errors
/// [`VideoError::Write`] if it is closed or full.
pub fn open_stdout(format: VideoFormat, stream: StreamFormat) -> Result<Box<dyn Sink>> {
    let name = Path::new("-");
    // Not io::Stdout, which searches every frame for line breaks.
    let own = io::stdout().as_fd().try_clone_to_owned().map_err(|e| file::refused(name, e))?;
    stream.sink(name, Box::new(File::from(own)), format)
}
