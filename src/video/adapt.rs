//! Adapters around a source: another size, another frame rate, fewer frames.

use std::num::NonZeroU64;

use image::RgbImage;

use crate::{Error, FrameError, Result, Size, Yuyv};

use super::{Fit, Fps, InputOptions, Source, VideoFormat, fit::fitted};

/// Wraps `source` in the adapters that `options` require.
pub(crate) fn fit(mut source: Box<dyn Source>, options: &InputOptions) -> Box<dyn Source> {
    let own = source.format();
    if let (Some(fps), Some(from)) = (options.fps, own.fps)
        && fps != from
    {
        source = Box::new(RateAdapter { source, from, fps, taken: 0, given: 0, frame: Vec::new() });
    }
    if let Some(size) = options.size.filter(|&s| s != own.size) {
        source = Box::new(SizeAdapter { source, size, fit: options.fit, frame: Vec::new() });
    }
    if let Some(left) = options.frames {
        source = Box::new(FrameLimit { source, left });
    }
    source
}

/// Changes the frame rate: each output frame is the newest input frame at its time.
struct RateAdapter {
    source: Box<dyn Source>,
    from: Fps,
    fps: Fps,
    taken: u64,
    given: u64,
    frame: Vec<u8>,
}

impl Source for RateAdapter {
    fn format(&self) -> VideoFormat {
        VideoFormat { fps: Some(self.fps), ..self.source.format() }
    }

    fn frames(&self) -> Option<u64> {
        // Output i shows input floor(i·from/fps), so n inputs serve ceil(n·fps/from) outputs.
        self.source.frames().map(|n| {
            let near = self.from.newest(self.fps, n);
            near + u64::from(self.fps.newest(self.from, near) < n)
        })
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        let index = self.fps.newest(self.from, self.given);
        while self.taken <= index {
            let Some(frame) = self.source.next()? else { return Ok(None) };
            self.taken += 1;
            if self.taken > index {
                self.frame.clear();
                self.frame.extend_from_slice(frame);
            }
        }
        self.given += 1;
        Ok(Some(&self.frame))
    }
}

/// Changes the frame size.
struct SizeAdapter {
    source: Box<dyn Source>,
    size: Size,
    fit: Fit,
    frame: Vec<u8>,
}

impl Source for SizeAdapter {
    fn format(&self) -> VideoFormat {
        VideoFormat { size: self.size, ..self.source.format() }
    }

    fn frames(&self) -> Option<u64> {
        self.source.frames()
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        let VideoFormat { size, colorimetry, .. } = self.source.format();
        let Some(bytes) = self.source.next()? else { return Ok(None) };
        let rgb = Yuyv { size, bytes: bytes.to_vec() }.to_rgb8(colorimetry);
        let too_short = || Error::Frame(FrameError::Size { size, why: "came with too few bytes" });
        let rgb = RgbImage::from_raw(size.width, size.height, rgb).ok_or_else(too_short)?;
        self.frame = Yuyv::from_rgb8(self.size, colorimetry, &fitted(&rgb, self.size, self.fit)).bytes;
        Ok(Some(&self.frame))
    }
}

/// Ends after a number of frames.
struct FrameLimit {
    source: Box<dyn Source>,
    left: u64,
}

impl Source for FrameLimit {
    fn format(&self) -> VideoFormat {
        self.source.format()
    }

    fn frames(&self) -> Option<u64> {
        Some(self.source.frames().map_or(self.left, |n| n.min(self.left)))
    }

    fn alpha(&self, frame: NonZeroU64) -> Option<Vec<f32>> {
        self.source.alpha(frame)
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        self.source.next()
    }
}
