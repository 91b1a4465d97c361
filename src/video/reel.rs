//! Pictures that go round and round, decoded ahead in a thread of their own.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    thread,
    time::Duration,
};

use image::RgbImage;

use super::{
    Fit, Fps, Input, Source, VideoFormat, Wanted, adapt, animation::Animation, ffmpeg::FfmpegSource,
    fit::fitted, open_source, picture,
};
use crate::{Error, Result, Size, Yuyv};

/// Bytes that are decoded ahead, and pictures at least and at most.
const AHEAD: (usize, usize, usize) = (1 << 25, 2, 8);
/// Rates above this one are thinned out to it: no camera is faster.
const MOST_FPS: Fps = Fps::whole(60);
/// A decoder that is silent for this long, where somebody waits for it, has died.
const PATIENCE: Duration = Duration::from_secs(30);

/// A picture and how long it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Packed YUYV.
    pub yuyv: Vec<u8>,
    /// Until the next one.
    pub lasts: Duration,
}

/// One round of pictures.
pub trait Round {
    /// The next picture; none at the end.
    ///
    /// # Errors
    /// What ended it.
    fn next(&mut self) -> Result<Option<Shown>>;
}

/// Begins a round.
pub type Begin = Box<dyn FnMut() -> Result<Box<dyn Round>> + Send>;

/// Pictures without end, from a thread that is some of them ahead.
#[derive(Debug)]
pub struct Reel {
    pictures: Receiver<Result<Shown>>,
}

impl Reel {
    /// Of a file: any video, GIF, WebP, PNG or other picture, as `format` says and fitted to its size; its rate is the
    /// file's own.
    pub fn open(path: &Path, format: VideoFormat, fit: Fit) -> Self {
        let path: PathBuf = path.into();
        Self::of(Box::new(move || round(&path, format, fit)), format.size)
    }

    /// Of rounds of pictures of `size`.
    pub fn of(mut begin: Begin, size: Size) -> Self {
        let (bytes, least, most) = AHEAD;
        let (send, pictures) = mpsc::sync_channel((bytes / size.yuyv_bytes()).clamp(least, most));
        thread::spawn(move || {
            loop {
                let mut given = 0;
                let failed = (|| {
                    let mut round = begin()?;
                    while let Some(shown) = round.next()? {
                        given += 1;
                        if send.send(Ok(shown)).is_err() {
                            return Ok(false); // nobody looks any more
                        }
                    }
                    Ok(true)
                })();
                match failed {
                    // A single picture stays; none at all is the end too.
                    Ok(on) if !on || given < 2 => return,
                    Ok(_) => {}
                    Err(error) => return drop(send.send(Err(error))),
                }
            }
        });
        Self { pictures }
    }

    /// The next picture. None where it is not decoded yet, or where no other will ever come.
    ///
    /// # Errors
    /// What the decoder died of; the last thing that is heard of it.
    pub fn next(&self) -> Result<Option<Shown>> {
        match self.pictures.try_recv() {
            Ok(shown) => shown.map(Some),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => Ok(None),
        }
    }

    /// The next picture, as long as it takes; none where no other will ever come.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn wait(&self) -> Result<Option<Shown>> {
        match self.pictures.recv_timeout(PATIENCE) {
            Ok(shown) => shown.map(Some),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                let reason = format!("its decoder has been silent for {} seconds", PATIENCE.as_secs());
                Err(Error::System { what: "a picture of the video in the background", reason })
            }
        }
    }
}

fn round(path: &Path, format: VideoFormat, fit: Fit) -> Result<Box<dyn Round>> {
    if let Some(animation) = Animation::open(path)? {
        return Ok(Box::new(Drawn { animation, format, fit }));
    }
    let VideoFormat { size, colorimetry, .. } = format;
    let kind = if picture::is_picture(path) { Input::Picture } else { Input::of(path) };
    let mut wanted = Wanted { size: Some(size), fit, ..Wanted::default() };
    // What has codes of its own is recoded; what has none is coded as is wanted.
    if !matches!(kind, Input::Y4m | Input::Raw) {
        (wanted.matrix, wanted.range) = (Some(colorimetry.matrix), Some(colorimetry.range));
    }
    let open = |wanted: &Wanted| match kind {
        Input::Picture => Ok(Box::new(picture::PictureSource::open(path, wanted)?) as Box<dyn Source>),
        Input::Video => Ok(adapt::fit(Box::new(FfmpegSource::looped(path, wanted)?), wanted)),
        _ => open_source(path, wanted),
    };
    // The size is the file's: no flag changes it.
    let named = |e| match e {
        Error::FrameSize { size, why } => Error::Read {
            path: path.into(),
            reason: format!("a frame of {size} {why}; make it smaller with ffmpeg"),
        },
        e => e,
    };
    let mut source = open(&wanted).map_err(named)?;
    if source.format().fps.is_some_and(|fps| fps.value() > MOST_FPS.value()) {
        wanted.fps = Some(MOST_FPS);
        source = open(&wanted)?;
    }
    Ok(Box::new(Filmed { source, format, given: 0 }))
}

/// Pictures with a time each.
struct Drawn {
    animation: Animation,
    format: VideoFormat,
    fit: Fit,
}

impl Round for Drawn {
    fn next(&mut self) -> Result<Option<Shown>> {
        let Some((rgb, lasts)) = self.animation.next()? else { return Ok(None) };
        let VideoFormat { size, colorimetry, .. } = self.format;
        let rgb: RgbImage = fitted(&rgb, size, self.fit);
        Ok(Some(Shown { yuyv: Yuyv::from_rgb8(size, colorimetry, &rgb).bytes, lasts }))
    }
}

/// Pictures at a rate.
struct Filmed {
    source: Box<dyn Source>,
    format: VideoFormat,
    given: u64,
}

impl Round for Filmed {
    fn next(&mut self) -> Result<Option<Shown>> {
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
        // So that the times of a round add up, whatever the rate.
        let fps = fps.unwrap_or(Fps::DEFAULT);
        let lasts = fps.time(self.given + 1) - fps.time(self.given);
        self.given += 1;
        Ok(Some(Shown { yuyv, lasts }))
    }
}
