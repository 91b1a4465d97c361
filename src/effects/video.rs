use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    effect::{Animated, Effect, EffectContext, RecordingState},
    replacement::{self, Replacement},
    spec::{BackgroundVisibility, EffectSpec, ParamSpec, ParamType},
};
use crate::{
    Error, Result,
    gpu::{Gpu, Recorder, Storage},
    passes::Frame,
    video::{Fit, VideoFormat, file, reel::Reel},
};

pub(super) const SPEC: EffectSpec = EffectSpec {
    name: "video",
    summary: "a video or an animated GIF, WebP or PNG instead of the room, again and again, at its own rate",
    parameters: &[
        ParamSpec {
            name: "path",
            summary: "any of these, .y4m, or whatever ffmpeg reads",
            ty: ParamType::File,
        },
        replacement::FIT,
        replacement::light_wrap(0.25),
        replacement::BLEND,
    ],
    extra_params: false,
    background: BackgroundVisibility::Hidden,
    make: |values| {
        let path = values.file("path");
        file::open(&path)?;
        let fit = Fit::of(values.choice("fit")).unwrap_or_default();
        Ok(Arc::new(Video { path, fit, replacement: Replacement::from_values(values) }))
    },
};

#[derive(Debug)]
struct Video {
    path: PathBuf,
    fit: Fit,
    replacement: Replacement,
}

impl Effect for Video {
    fn hides_background(&self) -> bool {
        true
    }

    fn record(&self, rec: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        let Frame { size, colorimetry, .. } = context.picture;
        let reel = Reel::open(&self.path, VideoFormat { size, fps: None, colorimetry }, self.fit);
        let picture = context.picture.with(Storage::new(rec.gpu(), "video", context.picture.words.bytes));
        let playing = VideoPlayback::start(rec.gpu(), reel, picture.words.clone(), context.blocking)?;
        let playing = playing.ok_or_else(|| Error::Read {
            path: self.path.clone(),
            reason: "there is no picture in it; see whether a player shows it".into(),
        })?;
        context.animated.push(Box::new(playing));
        Ok(self.replacement.record_animated(rec, context, &picture))
    }
}

/// A reel that is shown: the picture whose time has come is put where the shaders see it.
#[derive(Debug)]
pub struct VideoPlayback {
    reel: Reel,
    words: Storage,
    blocking: bool,
    /// The first frame's time, or what makes up for the time that a late decoder has cost.
    started_at: Option<Duration>,
    /// When the picture after the one that is shown is due.
    due: Duration,
    is_over: bool,
}

/// How far behind a decoder may be before what it missed is given up.
const MAX_LAG: Duration = Duration::from_millis(500);

impl VideoPlayback {
    /// Waits for the first picture and shows it; none where there is none. Later it waits only if `blocking` says so.
    ///
    /// # Errors
    /// What the decoder died of.
    pub fn start(gpu: &Gpu, reel: Reel, words: Storage, blocking: bool) -> Result<Option<Self>> {
        let Some(first) = reel.wait()? else { return Ok(None) };
        gpu.queue().write_buffer(&words.buffer, words.offset, &first.yuyv);
        Ok(Some(Self { reel, words, blocking, started_at: None, due: first.lasts, is_over: false }))
    }
}

impl Animated for VideoPlayback {
    fn update(&mut self, gpu: &Gpu, at: Duration) -> Result<RecordingState> {
        let now = at.saturating_sub(*self.started_at.get_or_insert(at));
        let mut newest = None;
        while self.due <= now && !self.is_over {
            match if self.blocking { self.reel.wait() } else { self.reel.next() } {
                Ok(Some(shown)) => {
                    self.due += shown.lasts;
                    newest = Some(shown.yuyv);
                }
                Ok(None) => {
                    self.is_over = self.blocking;
                    break;
                }
                Err(error) => {
                    tracing::warn!("{error}; its last picture stays");
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
