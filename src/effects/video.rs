use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    effect::{Effect, Moving, Scene, State},
    replacement::{self, Behind},
    spec::{Domain, Kind, Parameter, Room},
};
use crate::{
    Error, Result,
    gpu::{Gpu, Recorder, Storage},
    passes::Frame,
    video::{Fit, VideoFormat, file, reel::Reel},
};

pub(super) const KIND: Kind = Kind {
    name: "video",
    summary: "a video or an animated GIF, WebP or PNG instead of the room, again and again, at its own rate",
    parameters: &[
        Parameter {
            name: "path",
            summary: "any of these, .y4m, or whatever ffmpeg reads",
            domain: Domain::File,
        },
        replacement::FIT,
        replacement::wrap(0.25),
        replacement::BLEND,
    ],
    open: false,
    room: Room::Hidden,
    make: |values| {
        let path = values.file("path");
        file::open(&path)?;
        let fit = Fit::of(values.word("fit")).unwrap_or_default();
        Ok(Arc::new(Video { path, fit, behind: Behind::of(values) }))
    },
};

#[derive(Debug)]
struct Video {
    path: PathBuf,
    fit: Fit,
    behind: Behind,
}

impl Effect for Video {
    fn hides(&self) -> bool {
        true
    }

    fn draw(&self, rec: &mut Recorder<'_>, scene: &mut Scene<'_>) -> Result<Frame> {
        let Frame { size, colorimetry, .. } = scene.picture;
        let reel = Reel::open(&self.path, VideoFormat { size, fps: None, colorimetry }, self.fit);
        let picture = scene.picture.with(Storage::new(rec.gpu(), "video", scene.picture.words.bytes));
        let playing = Playing::begin(rec.gpu(), reel, picture.words.clone(), scene.waits)?;
        let playing = playing.ok_or_else(|| Error::Read {
            path: self.path.clone(),
            reason: "there is no picture in it; see whether a player shows it".into(),
        })?;
        scene.moving.push(Box::new(playing));
        Ok(self.behind.moving(rec, scene, &picture))
    }
}

/// A reel that is shown: the picture whose time has come is put where the shaders see it.
#[derive(Debug)]
pub struct Playing {
    reel: Reel,
    words: Storage,
    waits: bool,
    /// The first frame's time, or what makes up for the time that a late decoder has cost.
    begun: Option<Duration>,
    /// When the picture after the one that is shown is due.
    due: Duration,
    is_over: bool,
}

/// How far behind a decoder may be before what it missed is given up.
const LATE: Duration = Duration::from_millis(500);

impl Playing {
    /// Waits for the first picture and shows it; none where there is none. Later it waits only if `waits` says so.
    ///
    /// # Errors
    /// What the decoder died of.
    pub fn begin(gpu: &Gpu, reel: Reel, words: Storage, waits: bool) -> Result<Option<Self>> {
        let Some(first) = reel.wait()? else { return Ok(None) };
        gpu.queue().write_buffer(&words.buffer, words.offset, &first.yuyv);
        Ok(Some(Self { reel, words, waits, begun: None, due: first.lasts, is_over: false }))
    }
}

impl Moving for Playing {
    fn step(&mut self, gpu: &Gpu, at: Duration) -> Result<State> {
        let now = at.saturating_sub(*self.begun.get_or_insert(at));
        let mut newest = None;
        while self.due <= now && !self.is_over {
            match if self.waits { self.reel.wait() } else { self.reel.next() } {
                Ok(Some(shown)) => {
                    self.due += shown.lasts;
                    newest = Some(shown.yuyv);
                }
                Ok(None) => {
                    self.is_over = self.waits;
                    break;
                }
                Err(error) => {
                    tracing::warn!("{error}; its last picture stays");
                    self.is_over = true;
                }
            }
        }
        if !self.waits && now > self.due + LATE {
            self.begun = Some(at.saturating_sub(self.due + LATE));
        }
        if let Some(yuyv) = newest {
            gpu.queue().write_buffer(&self.words.buffer, self.words.offset, &yuyv);
        }
        Ok(State::Sound)
    }
}
