//! Any other video file, decoded by an `ffmpeg` child process.
//!
//! ffmpeg scales, converts to BT.601 limited 4:2:2 and writes YUV4MPEG2 into a pipe. It also applies the
//! rotation of phone videos and non-square pixels, so the first line of its output tells the actual size and
//! rate. The output is planar 4:2:2 because swscale repeats chroma rows when it converts 4:2:0 to a packed
//! format, but interpolates them for a planar one.

use std::{
    ffi::OsStr,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{Colorimetry, Error, FrameError, Matrix, Range, Result, VideoError};

mod probe;
mod process;
mod sink;

use probe::ProbedStream;
use process::{FfmpegProcess, TimeoutReader, name};
pub use sink::{Container, FfmpegSink};

use super::{Fit, Fps, InputOptions, Source, VideoFormat, file, y4m::Y4mSource};

/// Longest silence of ffmpeg before it counts as hung.
const FFMPEG_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads a video through ffmpeg.
pub struct FfmpegSource {
    path: PathBuf,
    child: FfmpegProcess,
    y4m: Y4mSource,
    frames: Option<u64>,
    ended: bool,
}

impl FfmpegSource {
    /// Opens a file with the installed ffmpeg.
    ///
    /// # Errors
    /// [`VideoError::Read`], [`VideoError::FfmpegMissing`], [`VideoError::Ffmpeg`], [`FrameError::Size`].
    pub fn open(path: &Path, options: &InputOptions) -> Result<Self> {
        Self::open_with(OsStr::new("ffmpeg"), OsStr::new("ffprobe"), path, options)
    }

    /// Opens a file that ffmpeg plays in an endless loop without a pause.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn looped(path: &Path, options: &InputOptions) -> Result<Self> {
        let programs = [OsStr::new("ffmpeg"), OsStr::new("ffprobe")];
        Self::start(programs, path, options, &["-stream_loop", "-1"], FFMPEG_TIMEOUT)
    }

    /// Opens a file with the given programs.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(ffmpeg: &OsStr, ffprobe: &OsStr, path: &Path, options: &InputOptions) -> Result<Self> {
        Self::open_within(ffmpeg, ffprobe, path, options, FFMPEG_TIMEOUT)
    }

    /// Opens a file with the given programs and longest silence.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_within(
        ffmpeg: &OsStr,
        ffprobe: &OsStr,
        path: &Path,
        options: &InputOptions,
        timeout: Duration,
    ) -> Result<Self> {
        Self::start([ffmpeg, ffprobe], path, options, &[], timeout)
    }

    fn start(
        [ffmpeg, ffprobe]: [&OsStr; 2],
        path: &Path,
        options: &InputOptions,
        input: &[&str],
        timeout: Duration,
    ) -> Result<Self> {
        if file::open(path)?.1.is_none() {
            // ffprobe would take its beginning, and ffmpeg get the rest.
            let reason = "it is a pipe, and videos are read twice; save it to a file first, or pipe .y4m into --input -";
            return Err(Error::Video(VideoError::Read { path: path.into(), reason: reason.into() }));
        }
        let colorimetry = options.colorimetry(Colorimetry::default());
        let about = ProbedStream::run(ffprobe, path, timeout);
        let rate = options.fps.or_else(|| about.usual_rate(ffprobe, path, timeout));
        let mut command = Command::new(ffmpeg);
        command.args(["-nostdin", "-hide_banner", "-v", "error"]).args(input).arg("-i").arg(name(path));
        command.args(["-map", "0:v:0", "-vf", &filters(rate, options, colorimetry, &about)]);
        if let Some(frames) = options.frames {
            command.args(["-frames:v", &frames.max(1).to_string()]);
        }
        command.args(["-f", "yuv4mpegpipe", "-strict", "-1", "pipe:1"]);
        let mut child =
            FfmpegProcess::start(command.stdin(Stdio::null()), &[path], &[]).map_err(|e| match e.kind() {
                io::ErrorKind::NotFound => Error::Video(VideoError::FfmpegMissing { path: path.into() }),
                _ => Error::Video(VideoError::Ffmpeg { path: path.into(), reason: e.to_string() }),
            })?;
        let pipe: Box<dyn Read + Send> = match child.child.stdout.take() {
            Some(pipe) => Box::new(TimeoutReader { pipe, timeout }),
            None => Box::new(io::empty()),
        };
        // The range is the one we requested, even if an older ffmpeg leaves it out of the header.
        let y4m_options =
            InputOptions { range: Some(colorimetry.range), matrix: Some(colorimetry.matrix), ..*options };
        let y4m = match Y4mSource::new(path, pipe, None, &y4m_options) {
            Ok(y4m) => y4m,
            // Do not wait for a hung ffmpeg: dropping `child` kills it.
            Err(
                e @ (Error::Frame(FrameError::Size { .. })
                | Error::Video(VideoError::Read { .. } | VideoError::ReadIo { .. })),
            ) => return Err(e),
            Err(_) => {
                let reason = child.end().unwrap_or_else(|reason| reason);
                let reason = if reason.is_empty() { "it has no frames".into() } else { reason };
                return Err(Error::Video(VideoError::Ffmpeg { path: path.into(), reason }));
            }
        };
        let fps = y4m.format().fps;
        let frames = about.frames(fps).map(|n| options.frames.map_or(n, |most| n.min(most)));
        Ok(Self { path: path.into(), child, y4m, frames, ended: false })
    }
}

impl Source for FfmpegSource {
    fn format(&self) -> VideoFormat {
        self.y4m.format()
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.ended {
            return Ok(None);
        }
        let read = self.y4m.advance();
        if matches!(read, Ok(true)) {
            return Ok(Some(self.y4m.frame()));
        }
        self.ended = true;
        // ffmpeg has not ended, so waiting could take forever; dropping `self` kills it.
        if matches!(
            read,
            Err(Error::Video(VideoError::Y4m { .. })
                | Error::Video(VideoError::Read { .. } | VideoError::ReadIo { .. }))
        ) {
            return read.map(|_| None);
        }
        match self.child.end() {
            Err(reason) => Err(Error::Video(VideoError::Ffmpeg { path: self.path.clone(), reason })),
            Ok(errors) => {
                read?;
                if !errors.is_empty() {
                    tracing::warn!("ffmpeg on {}: {errors}", self.path.display());
                }
                Ok(None)
            }
        }
    }
}

/// ffmpeg's filter graph: rate; scaling, colour conversion and 4:2:2 in one step; cropping. Blank borders and
/// tiles are added elsewhere.
fn filters(
    rate: Option<Fps>,
    options: &InputOptions,
    colorimetry: Colorimetry,
    about: &ProbedStream,
) -> String {
    let rate = rate.map(|f| format!("fps={}/{},", f.numerator(), f.denominator()));
    // `dar` and `sar` account for non-square pixels.
    let (width, height, crop) = match options.size.map(|size| (options.fit, size.width, size.height)) {
        Some((Fit::Cover, width, height)) => (
            format!("max({width},2*round({height}*dar/2))"),
            format!("max({height},round({width}/dar))"),
            format!("crop={width}:{height},"),
        ),
        Some((Fit::Contain, width, height)) => (
            format!("max(2,min({width},2*round({height}*dar/2)))"),
            format!("max(1,min({height},round({width}/dar)))"),
            String::new(),
        ),
        Some((Fit::Stretch, width, height)) => (width.to_string(), height.to_string(), String::new()),
        Some((Fit::Tile, ..)) | None => ("max(2,2*trunc(iw*sar/2))".into(), "ih".into(), String::new()),
    };
    let matrix = match colorimetry.matrix {
        Matrix::Bt601 => "bt601",
        Matrix::Bt709 => "bt709",
    };
    let range = match colorimetry.range {
        Range::Limited => "tv",
        Range::Full => "pc",
    };
    // Players assume BT.709 for untagged HD; swscale on its own assumes BT.601.
    let from = if about.untagged_hd() { "bt709" } else { "auto" };
    format!(
        "{}scale=w='{width}':h='{height}':flags=bicubic+accurate_rnd+bitexact:in_color_matrix={from}\
         :out_color_matrix={matrix}:out_range={range},format=yuv422p,{crop}setsar=1",
        rate.unwrap_or_default()
    )
}
