//! Animated GIF, WebP and PNG.

use std::{
    io::{BufRead, BufReader, Seek},
    path::{Path, PathBuf},
    time::Duration,
};

use image::{
    AnimationDecoder, Frames, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits, RgbImage,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use super::{file, picture};
use crate::Result;

/// Duration of frames whose own is missing or shorter than [`SHORTEST_DELAY`], as in browsers.
const DEFAULT_DELAY: Duration = Duration::from_millis(100);
/// Shortest duration that is taken seriously.
const SHORTEST_DELAY: Duration = Duration::from_millis(11);

/// Most memory of a frame, in bytes: 4096x2304. Decoders hold two, and draw every frame whole, so a larger one could
/// not be drawn in its time.
const MAX_BYTES: u64 = 4 * 4096 * 2304;

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(2 * MAX_BYTES + (1 << 20));
    limits
}

/// The frames of an animated picture.
pub(crate) struct Animation {
    path: PathBuf,
    frames: Frames<'static>,
}

impl Animation {
    /// Opens the animation in a file; none if the file is something else or holds a single picture.
    ///
    /// # Errors
    /// [`crate::VideoError::Read`], [`crate::VideoError::Picture`].
    pub(crate) fn open(path: &Path) -> Result<Option<Self>> {
        let (file, _) = file::open(path)?;
        Self::from_reader(path, BufReader::new(file))
    }

    /// The same for the content of a file. Errors call it `path`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn from_reader(path: &Path, reader: impl BufRead + Seek + 'static) -> Result<Option<Self>> {
        let reader = ImageReader::new(reader).with_guessed_format();
        let format = reader.as_ref().ok().and_then(ImageReader::format);
        let Ok(reader) = reader else { return Ok(None) };
        let mut file = reader.into_inner();
        let wrong = |e| picture::unreadable(path, &e);
        file.rewind().map_err(|e| wrong(image::ImageError::IoError(e)))?;
        let frames = || -> ImageResult<Option<(Frames<'static>, (u32, u32))>> {
            Ok(match format {
                Some(ImageFormat::Gif) => {
                    let mut gif = GifDecoder::new(file)?;
                    gif.set_limits(limits())?;
                    let size = gif.dimensions();
                    Some((gif.into_frames(), size))
                }
                Some(ImageFormat::WebP) => {
                    let mut webp = WebPDecoder::new(file)?;
                    webp.set_limits(limits())?;
                    let size = webp.dimensions();
                    webp.has_animation().then(|| (webp.into_frames(), size))
                }
                Some(ImageFormat::Png) => {
                    let mut png = PngDecoder::new(file)?;
                    png.set_limits(limits())?;
                    let size = png.dimensions();
                    if png.is_apng()? { Some((png.apng()?.into_frames(), size)) } else { None }
                }
                _ => None,
            })
        };
        match frames().map_err(wrong)? {
            Some((frames, size)) => {
                // The decoder holds RGBA, partly twice.
                picture::check_size(path, size, 4 * u64::from(size.0) * u64::from(size.1) <= MAX_BYTES)?;
                Ok(Some(Self { path: path.into(), frames }))
            }
            None => Ok(None),
        }
    }

    /// The next frame over black and its duration; none at the end.
    ///
    /// # Errors
    /// [`crate::VideoError::Picture`].
    pub(crate) fn next(&mut self) -> Result<Option<(RgbImage, Duration)>> {
        let Some(frame) = self.frames.next() else { return Ok(None) };
        let frame = frame.map_err(|e| picture::unreadable(&self.path, &e))?;
        let delay = Duration::from(frame.delay());
        let delay = if delay < SHORTEST_DELAY { DEFAULT_DELAY } else { delay };
        Ok(Some((picture::over_black(&frame.into_buffer()), delay)))
    }
}
