//! Videos that people send each other (.mp4, .mkv, .webm), encoded by an `ffmpeg` child process, with the sound of
//! the input.

use std::{
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
};

use super::{
    probe,
    process::{FfmpegProcess, name},
};
use crate::{
    Error, Matrix, Range, Result, VideoError,
    video::{InputKind, Sink, VideoFormat, sink::check_bytes, y4m::Y4mSink},
};

/// A file format that ffmpeg writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// .mp4, .m4v, .mov.
    Mp4,
    /// .mkv.
    Matroska,
    /// .webm.
    WebM,
}

/// An encoder of ffmpeg, and its options for a good picture at the speed of a meeting.
type Encoder = (&'static str, &'static [&'static str]);

/// H.264 as builds of ffmpeg have it, then what every build has.
const H264: [Encoder; 3] = [
    ("libx264", &["-preset", "veryfast", "-crf", "20"]),
    ("libopenh264", &["-b:v", "6M"]),
    ("mpeg4", &["-q:v", "3"]),
];
const VP9: [Encoder; 2] = [
    ("libvpx-vp9", &["-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1", "-crf", "30", "-b:v", "0"]),
    ("libvpx", &["-deadline", "realtime", "-cpu-used", "6", "-crf", "12", "-b:v", "6M"]),
];

impl Container {
    /// The container of a file name extension in lower case.
    pub fn from_extension(extension: &str) -> Option<Self> {
        match extension {
            "mp4" | "m4v" | "mov" => Some(Self::Mp4),
            "mkv" => Some(Self::Matroska),
            "webm" => Some(Self::WebM),
            _ => None,
        }
    }

    /// ffmpeg's name for it.
    fn muxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Matroska => "matroska",
            Self::WebM => "webm",
        }
    }

    fn encoders(self) -> &'static [Encoder] {
        if self == Self::WebM { &VP9 } else { &H264 }
    }

    /// How sound in this codec gets into it: as it is, if the container allows that.
    fn sound(self, codec: &str) -> &'static str {
        match self {
            Self::Matroska => "copy",
            Self::Mp4 if ["aac", "mp3", "ac3", "eac3", "alac", "opus"].contains(&codec) => "copy",
            Self::Mp4 => "aac",
            Self::WebM if ["opus", "vorbis"].contains(&codec) => "copy",
            Self::WebM => "libopus",
        }
    }
}

/// Writes a video through ffmpeg.
pub struct FfmpegSink {
    path: PathBuf,
    process: FfmpegProcess,
    /// The pipe into ffmpeg.
    y4m: Y4mSink<ChildStdin>,
    format: VideoFormat,
}

impl FfmpegSink {
    /// Writes frames of `format` to the file `written`, which errors call `path`, with the sound of `input`.
    ///
    /// # Errors
    /// [`VideoError::FfmpegMissing`], [`VideoError::FfmpegWrite`].
    pub fn create(
        path: &Path,
        written: &Path,
        container: Container,
        format: VideoFormat,
        input: Option<&Path>,
    ) -> Result<Self> {
        let failed = |reason: String| Error::Video(VideoError::FfmpegWrite { path: path.into(), reason });
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Error::Video(VideoError::FfmpegMissing { path: path.into() }),
            _ => failed(error.to_string()),
        };
        let list = Command::new("ffmpeg").args(["-hide_banner", "-v", "error", "-encoders"]).output();
        let list = String::from_utf8_lossy(&list.map_err(refused)?.stdout).into_owned();
        let has = |(encoder, _): &&Encoder| list.split_whitespace().any(|word| word == *encoder);
        let (encoder, options) = container
            .encoders()
            .iter()
            .find(has)
            .ok_or_else(|| failed("it has no encoder for that".into()))?;

        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-hide_banner", "-v", "error", "-y", "-f", "yuv4mpegpipe", "-i", "pipe:0"]);
        let video = input.filter(|input| InputKind::from_name(input) == InputKind::Video);
        let sound = video.and_then(|input| Some((input, probe::sound(input)?)));
        if let Some((input, _)) = &sound {
            command.arg("-i").arg(name(input)).args(["-map", "0:v:0", "-map", "1:a:0"]);
        }
        // Players want 4:2:0, which needs an even height.
        command.args(["-c:v", encoder]).args(*options).args(["-pix_fmt", "yuv420p"]);
        command.args(["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2"]).args(tags(format));
        if let Some((_, sound)) = &sound {
            command.args(["-c:a", container.sound(&sound.codec)]);
            if sound.outlasts_picture {
                command.arg("-shortest"); // where the run ends before the input
            }
        }
        if container == Container::Mp4 {
            command.args(["-movflags", "+faststart"]);
        }
        command.args(["-f", container.muxer()]).arg(name(written));
        let reads: Vec<&Path> = sound.iter().map(|(input, _)| *input).collect();
        let folder =
            written.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // After Ctrl-C, gpucam closes the pipe, and ffmpeg completes the file.
        command.stdin(Stdio::piped());
        let mut process = FfmpegProcess::start(&mut command, &reads, &[folder]).map_err(refused)?;
        let pipe = process.child.stdin.take().ok_or_else(|| failed("it has no input".into()))?;
        let y4m = Y4mSink::new(path, pipe, format)?;
        Ok(Self { path: path.into(), process, y4m, format })
    }

    fn failed(&self, reason: String) -> Error {
        Error::Video(VideoError::FfmpegWrite { path: self.path.clone(), reason })
    }
}

/// What the file says about its colours.
fn tags(format: VideoFormat) -> [&'static str; 8] {
    let matrix = if format.colorimetry.matrix == Matrix::Bt601 { "smpte170m" } else { "bt709" };
    let range = if format.colorimetry.range == Range::Limited { "tv" } else { "pc" };
    ["-colorspace", matrix, "-color_primaries", matrix, "-color_trc", matrix, "-color_range", range]
}

impl Sink for FfmpegSink {
    fn write(&mut self, yuyv: &[u8]) -> Result<ControlFlow<()>> {
        check_bytes(self.format.size, yuyv)?;
        let flow = self.y4m.write(yuyv)?;
        if flow.is_break() {
            // The pipe is closed: ffmpeg has ended before its input.
            let reason = self.process.end().unwrap_or_else(|reason| reason);
            return Err(self.failed(if reason.is_empty() { "it ended early".into() } else { reason }));
        }
        Ok(flow)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { path, mut process, y4m, .. } = *self;
        drop(y4m); // the end of ffmpeg's input
        let failed = |reason| Error::Video(VideoError::FfmpegWrite { path: path.clone(), reason });
        let words = process.end().map_err(failed)?;
        if !words.is_empty() {
            tracing::warn!("ffmpeg on {}: {words}", path.display());
        }
        Ok(())
    }
}
