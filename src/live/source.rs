//! Where the live loop's frames come from: a camera that may go and come back, or a file at its own pace.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use crate::{
    Error, Result,
    video::{
        Fps, Source, VideoFormat, Wanted,
        camera::{Camera, Identity, Layout, Miss, Wish},
        device::Devices,
        sys::{self, Wait, poll},
    },
};

/// A camera that gives nothing for so long is opened anew: it was suspended, or hangs.
const CAMERA_TIMEOUT: Duration = Duration::from_secs(2);
/// Time between two tries to open a camera that is gone.
const REOPEN_INTERVAL: Duration = Duration::from_millis(500);
/// After a broken frame: many of them must not keep a core busy.
const BROKEN_FRAME_PAUSE: Duration = Duration::from_millis(5);

/// What came of waiting for a frame.
#[derive(Debug)]
pub enum SourceEvent {
    /// A frame, handed to the callback; so many were dropped before it.
    Taken {
        /// Frames.
        dropped: u64,
    },
    /// Nothing yet: a letter came, or a frame was broken.
    Nothing {
        /// Broken frames.
        dropped: u64,
    },
    /// The camera is gone, or not back yet: why, the first time.
    Lost(Option<Error>),
    /// There are no more.
    Ended,
    /// The input failed for good.
    Failed(Error),
}

/// Gets a frame's bytes and its timestamp.
pub type FrameCallback<'a> = &'a mut dyn FnMut(&[u8], Duration);

/// Tells a camera that hangs, or came out of suspend without its stream, from one that is slow.
#[derive(Clone, Copy, Debug)]
pub struct Watchdog {
    last_frame: Duration,
}

impl Watchdog {
    /// At time `now`, with the camera alive.
    pub fn new(now: Duration) -> Self {
        Self { last_frame: now }
    }

    /// How long to wait for a picture yet; nothing once it is silent. A clock that stood still over a suspend gives
    /// the camera the rest of its time, one that went on has it opened at once.
    pub fn remaining(&self, now: Duration) -> Duration {
        CAMERA_TIMEOUT.saturating_sub(now.saturating_sub(self.last_frame))
    }

    /// Whether it gave nothing for too long.
    pub fn has_expired(&self, now: Duration) -> bool {
        self.remaining(now).is_zero()
    }
}

/// A source with a clock.
pub trait LiveSource: Send {
    /// What its frames have in common; it never changes.
    fn format(&self) -> VideoFormat;

    /// How their bytes lie; none where they are packed YUYV. It may change when a camera comes back, and then
    /// [`LiveSource::next`] gives no frame before it was asked for again.
    fn layout(&self) -> Option<Layout> {
        None
    }

    /// Lets the next [`LiveSource::next`] open the camera.
    fn open(&mut self) {}

    /// Closes the camera; its lamp goes off.
    fn close(&mut self) {}

    /// Waits for a frame, or until `wake` can be read.
    fn next(&mut self, wake: BorrowedFd<'_>, callback: FrameCallback<'_>) -> SourceEvent;
}

/// A camera, found again by its [`Identity`].
#[derive(Debug)]
pub struct LiveCamera {
    camera: Option<Camera>,
    streaming: bool,
    identity: Identity,
    typed: Option<String>,
    wish: Wish,
    wanted: Wanted,
    format: VideoFormat,
    layout: Option<Layout>,
    watchdog: Watchdog,
    /// When it was last tried to open it.
    tried: Instant,
    complained: bool,
}

impl LiveCamera {
    /// From a camera that was opened with the same words.
    pub fn new(camera: Camera, typed: Option<String>, wish: Wish, wanted: Wanted) -> Self {
        let (format, layout) = (camera.format(), camera.gives());
        let identity = camera.identity().clone();
        // What comes back must have the size of what went.
        let wish = Wish { size: Some(format.size), ..wish };
        Self {
            camera: Some(camera),
            streaming: false,
            identity,
            typed,
            wish,
            wanted,
            format,
            layout,
            watchdog: Watchdog::new(sys::now()),
            tried: Instant::now(),
            complained: false,
        }
    }

    fn reopen(&self) -> Result<Camera> {
        let link = self.identity.link.as_deref();
        let gone = || Error::Camera {
            path: link.map_or_else(|| self.identity.card.clone().into(), Into::into),
            reason: "it is gone; plug it in again".into(),
        };
        if link.is_some_and(|link| !link.exists()) {
            return Err(gone()); // without opening every other device to see
        }
        let devices = Devices::list();
        let device = self.identity.find(&devices).ok_or_else(gone)?;
        let camera = Camera::open(device, self.typed.as_deref(), self.wish, &self.wanted)?;
        if camera.format().colorimetry != self.format.colorimetry {
            let reason = "it came back with other colours; start gpucam again".into();
            return Err(Error::Camera { path: camera.path().into(), reason });
        }
        Ok(camera)
    }

    /// The camera, streaming; or what is wrong with it.
    fn ensure(&mut self) -> Result<()> {
        if self.camera.is_none() {
            self.camera = Some(self.reopen()?);
        }
        if let (false, Some(camera)) = (self.streaming, &mut self.camera) {
            camera.start()?;
            (self.streaming, self.complained, self.watchdog) = (true, false, Watchdog::new(sys::now()));
        }
        Ok(())
    }

    fn lose(&mut self, error: Error) -> SourceEvent {
        self.close();
        self.tried = Instant::now();
        SourceEvent::Lost((!std::mem::replace(&mut self.complained, true)).then_some(error))
    }

    fn lost(&mut self, reason: &str) -> SourceEvent {
        let path = self.camera.as_ref().map(|camera| camera.path().to_owned()).unwrap_or_default();
        self.lose(Error::Camera { path, reason: reason.into() })
    }
}

impl LiveSource for LiveCamera {
    fn format(&self) -> VideoFormat {
        self.format
    }

    fn layout(&self) -> Option<Layout> {
        self.layout
    }

    fn open(&mut self) {
        self.complained = false;
        // No waiting for the first try.
        self.tried = Instant::now().checked_sub(REOPEN_INTERVAL).unwrap_or_else(Instant::now);
    }

    fn close(&mut self) {
        (self.camera, self.streaming) = (None, false);
    }

    fn next(&mut self, wake: BorrowedFd<'_>, callback: FrameCallback<'_>) -> SourceEvent {
        if !self.streaming {
            let rest = REOPEN_INTERVAL.saturating_sub(self.tried.elapsed());
            if !rest.is_zero() {
                let _ = poll(&mut [Wait::to_read(wake)], rest);
                return SourceEvent::Nothing { dropped: 0 };
            }
            if let Err(error) = self.ensure() {
                return self.lose(error);
            }
            let gives = self.camera.as_ref().map_or(self.layout, Camera::gives);
            if std::mem::replace(&mut self.layout, gives) != gives {
                return SourceEvent::Nothing { dropped: 0 };
            }
        }
        let Some(camera) = &mut self.camera else { return SourceEvent::Nothing { dropped: 0 } };
        let mut waits = [Wait::to_read(camera.fd()), Wait::to_read(wake)];
        if let Err(e) = poll(&mut waits, self.watchdog.remaining(sys::now())) {
            return SourceEvent::Failed(Error::System { what: "poll", reason: e.to_string() });
        }
        let [device, wake] = waits;
        let (failed, ready, woken) = (device.has_failed(), device.is_ready(), wake.is_ready());
        if failed {
            return self.lost("it was unplugged; gpucam waits for it");
        }
        if ready {
            return match camera.newest() {
                Ok(shot) => {
                    let dropped = shot.dropped;
                    callback(shot.bytes, shot.at);
                    self.watchdog = Watchdog::new(sys::now());
                    SourceEvent::Taken { dropped }
                }
                Err(Miss::NotYet { dropped }) => {
                    std::thread::sleep(BROKEN_FRAME_PAUSE);
                    SourceEvent::Nothing { dropped }
                }
                Err(Miss::Gone(error)) => self.lost(&format!("{error}; gpucam waits for it")),
            };
        }
        if !woken && self.watchdog.has_expired(sys::now()) {
            return self.lost("no picture came for 2 seconds; gpucam opens it anew");
        }
        SourceEvent::Nothing { dropped: 0 }
    }
}

/// A file, one frame when it is due.
pub struct LiveFile {
    source: Box<dyn Source>,
    interval: Duration,
    due: Option<Instant>,
}

impl LiveFile {
    /// At the file's own rate, 30 frames a second where it has none.
    pub fn new(source: Box<dyn Source>) -> Self {
        let fps = source.format().fps.unwrap_or(Fps::DEFAULT).value();
        Self { source, interval: Duration::from_secs_f64(1.0 / fps), due: None }
    }
}

impl LiveSource for LiveFile {
    fn format(&self) -> VideoFormat {
        self.source.format()
    }

    fn next(&mut self, wake: BorrowedFd<'_>, callback: FrameCallback<'_>) -> SourceEvent {
        let due = *self.due.get_or_insert_with(Instant::now);
        let rest = due.saturating_duration_since(Instant::now());
        if !rest.is_zero() {
            let mut wait = [Wait::to_read(wake)];
            let _ = poll(&mut wait, rest);
            if wait[0].is_ready() || Instant::now() < due {
                return SourceEvent::Nothing { dropped: 0 };
            }
        }
        // After a pause it goes on from now, in place of a hurry.
        let late = due.elapsed() > 10 * self.interval;
        self.due = Some(if late { Instant::now() } else { due } + self.interval);
        match self.source.next() {
            Ok(Some(frame)) => {
                callback(frame, sys::now());
                SourceEvent::Taken { dropped: 0 }
            }
            Ok(None) => SourceEvent::Ended,
            Err(error) => SourceEvent::Failed(error),
        }
    }
}
