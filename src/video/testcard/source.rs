//! The test card as an input, endless like a camera.

use std::{num::NonZeroU64, path::Path};

use super::{Scene, TestCard};
use crate::{
    Colorimetry, Error, FrameError, Result, Size, VideoError,
    video::{Fps, InputKind, InputOptions, Source, VideoFormat, mask},
};

/// Default size and rate.
const SIZE: Size = Size::new(1280, 720);
const FPS: Fps = Fps::DEFAULT;

/// The frames of a [`TestCard`] from number 0 on.
#[derive(Debug)]
pub(in crate::video) struct CardSource {
    card: TestCard,
    format: VideoFormat,
    t: u32,
    frame: Vec<u8>,
}

impl CardSource {
    /// Draws `SCENE[,PRESENTER]`, or `still` with presenter 0.
    pub(in crate::video) fn open(text: Option<&str>, options: &InputOptions) -> Result<Self> {
        let size = options.size.unwrap_or(SIZE).check_frame()?;
        if size.width < 16 || size.height < 16 {
            return Err(Error::Frame(FrameError::Size { size, why: "is too small to draw a person in" }));
        }
        let colorimetry = options.colorimetry(Colorimetry::default());
        let (scene, presenter) =
            text.unwrap_or("still").split_once(',').unwrap_or((text.unwrap_or("still"), "0"));
        let scene: Scene = scene.parse().map_err(|reason| Error::Video(VideoError::TestCard { reason }))?;
        let number = |_| {
            Error::Video(VideoError::TestCard {
                reason: format!("'{presenter}' is no presenter: write a number from 0"),
            })
        };
        let card =
            TestCard::new(scene, presenter.parse().map_err(number)?, size).with_colorimetry(colorimetry);
        let format = VideoFormat { size, fps: Some(options.fps.unwrap_or(FPS)), colorimetry };
        Ok(Self { card, format, t: 0, frame: Vec::new() })
    }
}

impl Source for CardSource {
    fn format(&self) -> VideoFormat {
        self.format
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn alpha(&self, frame: NonZeroU64) -> Option<Vec<f32>> {
        Some(self.card.alpha(u32::try_from(frame.get() - 1).unwrap_or(u32::MAX)))
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        self.frame = self.card.yuyv(self.t).bytes;
        self.t = self.t.wrapping_add(1);
        Ok(Some(&self.frame))
    }
}

/// Checks that the exact alpha of `input` can be written to `output` before any costly work starts.
///
/// # Errors
/// [`VideoError::NoAlpha`] if `input` is no test card; [`VideoError::OutputEnding`], [`VideoError::Write`].
pub fn check_card_alpha(input: &Path, output: &Path) -> Result<()> {
    let InputKind::TestCard(_) = InputKind::from_name(input) else {
        return Err(VideoError::NoAlpha.into());
    };
    mask::check(output)
}
