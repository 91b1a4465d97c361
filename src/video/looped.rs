//! Videos and animations played in a loop, decoded ahead in a thread of their own.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    thread,
    time::Duration,
};

use image::RgbImage;

use super::{
    Fit, Fps, InputKind, InputOptions, Source, VideoFormat, adapt, animation::Animation,
    ffmpeg::FfmpegSource, fit::fitted, open_source, picture,
};
use crate::{Error, FrameError, Result, Size, VideoError, Yuyv};

/// Bytes of frames decoded ahead, within 2 to 8 frames.
const AHEAD_BYTES: usize = 1 << 25;
const AHEAD_FRAMES: RangeInclusive<usize> = 2..=8;
/// Higher rates are reduced to this one: cameras are rarely faster.
const MAX_FPS: Fps = Fps::whole(60);
/// How long [`LoopedVideo::wait`] waits before it takes the decoder for dead.
const DECODER_TIMEOUT: Duration = Duration::from_secs(30);

/// A frame and how long it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedFrame {
    /// Packed YUYV.
    pub yuyv: Vec<u8>,
    /// Time until the next frame.
    pub duration: Duration,
}

/// One pass through the frames of a video.
pub trait Iteration {
    /// The next frame; none at the end.
    ///
    /// # Errors
    /// What stopped the decoder.
    fn next(&mut self) -> Result<Option<TimedFrame>>;
}

/// Starts the video from its first frame.
pub type StartIteration = Box<dyn FnMut() -> Result<Box<dyn Iteration>> + Send>;

/// An endless video whose decoder thread runs some frames ahead.
#[derive(Debug)]
pub struct LoopedVideo {
    frames: Receiver<Result<TimedFrame>>,
}

impl LoopedVideo {
    /// Plays a file: any video, GIF, WebP, PNG or other picture, in the size and colorimetry of `format` and
    /// at the file's own rate.
    pub fn open(path: &Path, format: VideoFormat, fit: Fit) -> Self {
        let path: PathBuf = path.into();
        Self::from_iterations(Box::new(move || start(&path, format, fit)), format.size)
    }

    /// Plays one iteration after the other; frames have `size`.
    pub fn from_iterations(mut start: StartIteration, size: Size) -> Self {
        let (send, frames) = mpsc::sync_channel(
            (AHEAD_BYTES / size.yuyv_bytes()).clamp(*AHEAD_FRAMES.start(), *AHEAD_FRAMES.end()),
        );
        thread::spawn(move || {
            loop {
                let mut count = 0;
                let failed = (|| {
                    let mut iteration = start()?;
                    while let Some(shown) = iteration.next()? {
                        count += 1;
                        if send.send(Ok(shown)).is_err() {
                            return Ok(false); // the receiver was dropped
                        }
                    }
                    Ok(true)
                })();
                match failed {
                    // A still picture stays; a file without frames ends the video too.
                    Ok(watched) if !watched || count < 2 => return,
                    Ok(_) => {}
                    Err(error) => return drop(send.send(Err(error))),
                }
            }
        });
        Self { frames }
    }

    /// The next frame; none if it is not decoded yet or the video has ended.
    ///
    /// # Errors
    /// What stopped the decoder; later calls return none.
    pub fn next(&self) -> Result<Option<TimedFrame>> {
        match self.frames.try_recv() {
            Ok(shown) => shown.map(Some),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => Ok(None),
        }
    }

    /// Waits for the next frame; none if the video has ended.
    ///
    /// # Errors
    /// As [`Self::next`], and [`Error::System`] after 30 seconds without a frame.
    pub fn wait(&self) -> Result<Option<TimedFrame>> {
        match self.frames.recv_timeout(DECODER_TIMEOUT) {
            Ok(shown) => shown.map(Some),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                let reason = format!("its decoder has been silent for {} seconds", DECODER_TIMEOUT.as_secs());
                Err(Error::System {
                    what: "a picture of the video in the background",
                    source: std::io::Error::other(reason),
                })
            }
        }
    }
}

fn start(path: &Path, format: VideoFormat, fit: Fit) -> Result<Box<dyn Iteration>> {
    if let Some(animation) = Animation::open(path)? {
        return Ok(Box::new(AnimationIteration { animation, format, fit }));
    }
    let VideoFormat { size, colorimetry, .. } = format;
    let kind = if picture::is_picture(path) { InputKind::Picture } else { InputKind::from_name(path) };
    let mut options = InputOptions { size: Some(size), fit, ..InputOptions::default() };
    // .y4m and raw files carry YCbCr, which is converted; everything else is encoded as requested.
    if !matches!(kind, InputKind::Y4m | InputKind::Raw) {
        (options.matrix, options.range) = (Some(colorimetry.matrix), Some(colorimetry.range));
    }
    let open = |options: &InputOptions| match kind {
        InputKind::Picture => Ok(Box::new(picture::PictureSource::open(path, options)?) as Box<dyn Source>),
        InputKind::Video => Ok(adapt::fit(Box::new(FfmpegSource::looped(path, options)?), options)),
        _ => open_source(path, options),
    };
    // The file determines this size, so no other one can be chosen.
    let named = |e| match e {
        Error::Frame(FrameError::Size { size, why }) => Error::Video(VideoError::Read {
            path: path.into(),
            reason: format!("a frame of {size} {why}; make it smaller with ffmpeg"),
        }),
        e => e,
    };
    let mut source = open(&options).map_err(named)?;
    if source.format().fps.is_some_and(|fps| fps.value() > MAX_FPS.value()) {
        options.fps = Some(MAX_FPS);
        source = open(&options)?;
    }
    Ok(Box::new(VideoIteration { source, format, frame: 0 }))
}

/// Frames with individual durations.
struct AnimationIteration {
    animation: Animation,
    format: VideoFormat,
    fit: Fit,
}

impl Iteration for AnimationIteration {
    fn next(&mut self) -> Result<Option<TimedFrame>> {
        let Some((rgb, duration)) = self.animation.next()? else { return Ok(None) };
        let VideoFormat { size, colorimetry, .. } = self.format;
        let rgb: RgbImage = fitted(&rgb, size, self.fit);
        Ok(Some(TimedFrame { yuyv: Yuyv::from_rgb8(size, colorimetry, &rgb).bytes, duration }))
    }
}

/// Frames at a constant rate.
struct VideoIteration {
    source: Box<dyn Source>,
    format: VideoFormat,
    frame: u64,
}

impl Iteration for VideoIteration {
    fn next(&mut self) -> Result<Option<TimedFrame>> {
        let VideoFormat { size, fps, colorimetry: own } = self.source.format();
        let Some(yuyv) = self.source.next()? else { return Ok(None) };
        let colorimetry = self.format.colorimetry;
        let yuyv = match own == colorimetry {
            true => yuyv.to_vec(),
            false => {
                let rgb = Yuyv { size, bytes: yuyv.to_vec() }.to_rgb8(own);
                Yuyv::from_rgb8(size, colorimetry, &rgb).bytes
            }
        };
        // Differences of frame times, so that rounding errors do not add up.
        let fps = fps.unwrap_or(Fps::DEFAULT);
        let duration = fps.time(self.frame + 1) - fps.time(self.frame);
        self.frame += 1;
        Ok(Some(TimedFrame { yuyv, duration }))
    }
}
