//! Animated GIF, WebP and PNG.

use std::{
    io::{BufReader, Seek},
    path::{Path, PathBuf},
    time::Duration,
};

use image::{
    AnimationDecoder, Frames, ImageDecoder, ImageFormat, ImageReader, ImageResult, RgbImage,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use super::{file, picture};
use crate::Result;

/// Duration of frames whose own is missing or shorter than [`SHORTEST_DELAY`], as in browsers.
const DEFAULT_DELAY: Duration = Duration::from_millis(100);
/// Shortest duration that is taken seriously.
const SHORTEST_DELAY: Duration = Duration::from_millis(11);

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
        let reader = ImageReader::new(BufReader::new(file)).with_guessed_format();
        let format = reader.as_ref().ok().and_then(ImageReader::format);
        let Ok(reader) = reader else { return Ok(None) };
        let mut file = reader.into_inner();
        let wrong = |e| picture::unreadable(path, &e);
        file.rewind().map_err(|e| wrong(image::ImageError::IoError(e)))?;
        let frames = || -> ImageResult<Option<(Frames<'static>, (u32, u32))>> {
            Ok(match format {
                Some(ImageFormat::Gif) => {
                    let gif = GifDecoder::new(file)?;
                    let size = gif.dimensions();
                    Some((gif.into_frames(), size))
                }
                Some(ImageFormat::WebP) => {
                    let webp = WebPDecoder::new(file)?;
                    let size = webp.dimensions();
                    webp.has_animation().then(|| (webp.into_frames(), size))
                }
                Some(ImageFormat::Png) => {
                    let png = PngDecoder::new(file)?;
                    let size = png.dimensions();
                    if png.is_apng()? { Some((png.apng()?.into_frames(), size)) } else { None }
                }
                _ => None,
            })
        };
        match frames().map_err(wrong)? {
            // The decoder holds RGBA, partly twice.
            Some((_, size)) if 4 * u64::from(size.0) * u64::from(size.1) > picture::MAX_BYTES => {
                Err(picture::too_large(path, size))
            }
            Some((frames, _)) => Ok(Some(Self { path: path.into(), frames })),
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
