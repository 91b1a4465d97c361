use std::{sync::Arc, time::Duration};

use super::{
    effect::{Animated, Effect, EffectContext, RecordingState},
    replacement::{self, FileOptions},
    spec::{BackgroundVisibility, EffectSpec},
};
use crate::{
    EffectError, Result,
    gpu::{Gpu, Recorder, Storage},
    passes::Frame,
    video::{VideoFormat, file, looped::LoopedVideo},
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "video",
    summary: "a video or an animated GIF, WebP or PNG instead of the background, looped, at its own frame rate",
    parameters: &replacement::file_params("any of these, .y4m, or anything that ffmpeg reads"),
    extra_params: false,
    background: BackgroundVisibility::Hidden,
    shaders: &[],
    make: |values| {
        let options = FileOptions::from_values(values);
        file::open(&options.path)?;
        Ok(Arc::new(Video(options)))
    },
};

#[derive(Debug)]
struct Video(FileOptions);

impl Effect for Video {
    fn hides_background(&self) -> bool {
        true
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let Frame { size, colorimetry, .. } = context.picture;
        let video = LoopedVideo::open(&self.0.path, VideoFormat { size, fps: None, colorimetry }, self.0.fit);
        let picture = context.picture.with(Storage::new(rec.gpu(), "video", context.picture.words.bytes));
        let playing = VideoPlayback::start(rec.gpu(), video, picture.words.clone(), context.blocking)?;
        let playing = playing.ok_or_else(|| EffectError::NoPicture { path: self.0.path.clone() })?;
        context.animated.push(Box::new(playing));
        Ok(self.0.replacement.record_animated(rec, context, &picture))
    }
}

/// Plays a video: writes the picture that is due into the buffer that the shaders read.
#[derive(Debug)]
pub struct VideoPlayback {
    video: LoopedVideo,
    words: Storage,
    blocking: bool,
    /// When the first frame was captured; a late decoder moves it forward.
    started_at: Option<Duration>,
    /// When the next picture is due, from `started_at`.
    due: Duration,
    is_over: bool,
}

/// How late a decoder may be before the playback slips instead of catching up.
const MAX_LAG: Duration = Duration::from_millis(500);

impl VideoPlayback {
    /// Waits for the first picture and writes it to `words`; `None` if the video has no picture. Updates wait
    /// for a late decoder only if `blocking`.
    ///
    /// # Errors
    /// The decoder failed.
    pub fn start(gpu: &Gpu, video: LoopedVideo, words: Storage, blocking: bool) -> Result<Option<Self>> {
        let Some(first) = video.wait()? else { return Ok(None) };
        gpu.queue().write_buffer(&words.buffer, words.offset, &first.yuyv);
        Ok(Some(Self { video, words, blocking, started_at: None, due: first.duration, is_over: false }))
    }
}

impl Animated for VideoPlayback {
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        let now = at.saturating_sub(*self.started_at.get_or_insert(at));
        let mut newest = None;
        while self.due <= now && !self.is_over {
            match if self.blocking { self.video.wait() } else { self.video.next() } {
                Ok(Some(shown)) => {
                    self.due += shown.duration;
                    newest = Some(shown.yuyv);
                }
                Ok(None) => {
                    self.is_over = self.blocking;
                    break;
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "its last picture stays");
                    self.is_over = true;
                }
            }
        }
        if !self.blocking && now > self.due + MAX_LAG {
            self.started_at = Some(at.saturating_sub(self.due + MAX_LAG));
        }
        if let Some(yuyv) = newest {
            gpu.queue().write_buffer(&self.words.buffer, self.words.offset, &yuyv);
        }
        Ok(RecordingState::Current)
    }
}
