//! Sources of live frames: a camera that may be unplugged and come back, or a file at its own frame rate.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use crate::{
    DeviceError, DeviceFault, Error, Result,
    video::{
        Fps, InputOptions, Source, VideoFormat,
        camera::{Camera, CameraIdentity, CameraRequest, CaptureError, PixelLayout},
        device::Devices,
        sys::{self, PollFd, poll},
    },
};

/// A camera that delivers nothing for this long was suspended or hangs; it is opened again.
const CAMERA_TIMEOUT: Duration = Duration::from_secs(2);
/// Time between two attempts to open a camera that is gone.
const REOPEN_INTERVAL: Duration = Duration::from_millis(500);
/// Pause after a broken frame, so that a series of them does not keep a core busy.
const BROKEN_FRAME_PAUSE: Duration = Duration::from_millis(5);

/// What [`LiveSource::next`] returns.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceEvent<'a> {
    /// A frame, lent until the next call.
    Frame {
        /// Bytes in the source's [`layout`](LiveSource::layout).
        bytes: &'a [u8],
        /// When it was captured, on the clock of [`sys::now`].
        at: Duration,
        /// Number of frames dropped before it.
        dropped: u64,
    },
    /// No frame yet: another thread woke this one, or a frame was broken.
    Nothing {
        /// Number of broken frames.
        dropped: u64,
    },
    /// The camera is gone, or not back yet. The reason comes the first time only.
    Lost(Option<Error>),
    /// There are no more frames.
    Ended,
    /// The input failed for good.
    Failed(Error),
}

/// Distinguishes a slow camera from one that hangs or lost its stream during suspend.
#[derive(Clone, Copy, Debug)]
pub struct Watchdog {
    last_frame: Duration,
}

impl Watchdog {
    /// Starts at time `now`, when a frame came or the stream began.
    pub fn new(now: Duration) -> Self {
        Self { last_frame: now }
    }

    /// How much longer to wait for a frame; zero once expired. After a suspend during which the clock stood
    /// still the camera has the rest of its time; if the clock went on, it is opened again at once.
    pub fn remaining(&self, now: Duration) -> Duration {
        CAMERA_TIMEOUT.saturating_sub(now.saturating_sub(self.last_frame))
    }

    /// Whether the camera has been silent for too long.
    pub fn has_expired(&self, now: Duration) -> bool {
        self.remaining(now).is_zero()
    }
}

/// A source that delivers frames in real time.
pub trait LiveSource: Send {
    /// Size, rate and colorimetry of every frame; they never change.
    fn format(&self) -> VideoFormat;

    /// Layout of a frame's bytes; none for packed YUYV. It may change when a camera comes back. Then
    /// [`LiveSource::next`] returns [`SourceEvent::Nothing`] once, so that the caller reads the new layout
    /// first.
    fn layout(&self) -> Option<PixelLayout> {
        None
    }

    /// Makes the next call of [`LiveSource::next`] open the camera.
    fn open(&mut self) {}

    /// Closes the camera, which turns its light off.
    fn close(&mut self) {}

    /// Waits for a frame, or until `wake` is readable.
    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_>;
}

/// A camera, which is found again by its [`CameraIdentity`] when it comes back.
#[derive(Debug)]
pub struct LiveCamera {
    camera: Option<Camera>,
    streaming: bool,
    identity: CameraIdentity,
    typed: Option<String>,
    request: CameraRequest,
    wanted: InputOptions,
    format: VideoFormat,
    layout: Option<PixelLayout>,
    watchdog: Watchdog,
    /// Whether the last call lent a frame.
    lent: bool,
    /// When opening was last tried.
    tried: Instant,
    /// Whether the reason for the loss was reported.
    reported: bool,
}

impl LiveCamera {
    /// Takes over a camera that was opened with the same arguments.
    pub fn new(camera: Camera, typed: Option<String>, request: CameraRequest, wanted: InputOptions) -> Self {
        let (format, layout) = (camera.format(), camera.layout());
        let identity = camera.identity().clone();
        // A camera that comes back must have the same frame size.
        let request = CameraRequest { size: Some(format.size), ..request };
        Self {
            camera: Some(camera),
            streaming: false,
            identity,
            typed,
            request,
            wanted,
            format,
            layout,
            watchdog: Watchdog::new(sys::now()),
            lent: false,
            tried: Instant::now(),
            reported: false,
        }
    }

    fn reopen(&self) -> Result<Camera> {
        let link = self.identity.link.as_deref();
        let gone = || {
            Error::Device(DeviceError::Camera {
                path: link.map_or_else(|| self.identity.card.clone().into(), Into::into),
                source: DeviceFault::Other("it is gone; plug it in again".into()),
            })
        };
        if link.is_some_and(|link| !link.exists()) {
            return Err(gone()); // avoids opening every other device
        }
        let devices = Devices::list();
        let device = self.identity.find(&devices).ok_or_else(gone)?;
        let camera = Camera::open(device, self.typed.as_deref(), self.request, &self.wanted)?;
        if camera.format().colorimetry != self.format.colorimetry {
            let reason = "it came back with other colours; start gpucam again".into();
            return Err(Error::Device(DeviceError::Camera {
                path: camera.path().into(),
                source: DeviceFault::Other(reason),
            }));
        }
        Ok(camera)
    }

    /// Opens the camera and starts its stream, unless that is done.
    fn ensure_streaming(&mut self) -> Result<()> {
        if self.camera.is_none() {
            self.camera = Some(self.reopen()?);
        }
        if let (false, Some(camera)) = (self.streaming, &mut self.camera) {
            camera.start()?;
            (self.streaming, self.reported, self.watchdog) = (true, false, Watchdog::new(sys::now()));
        }
        Ok(())
    }

    fn lose(&mut self, error: Error) -> SourceEvent<'static> {
        self.close();
        self.tried = Instant::now();
        SourceEvent::Lost((!std::mem::replace(&mut self.reported, true)).then_some(error))
    }

    fn lose_because(&mut self, reason: &str) -> SourceEvent<'static> {
        let path = self.camera.as_ref().map(|camera| camera.path().to_owned()).unwrap_or_default();
        self.lose(Error::Device(DeviceError::Camera { path, source: DeviceFault::Other(reason.into()) }))
    }
}

impl LiveSource for LiveCamera {
    fn format(&self) -> VideoFormat {
        self.format
    }

    fn layout(&self) -> Option<PixelLayout> {
        self.layout
    }

    fn open(&mut self) {
        self.reported = false;
        // The first attempt comes at once.
        self.tried = Instant::now().checked_sub(REOPEN_INTERVAL).unwrap_or_else(Instant::now);
    }

    fn close(&mut self) {
        (self.camera, self.streaming) = (None, false);
    }

    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_> {
        // The time that processing the last frame took is not the camera's.
        if std::mem::take(&mut self.lent) {
            self.watchdog = Watchdog::new(sys::now());
        }
        if !self.streaming {
            let rest = REOPEN_INTERVAL.saturating_sub(self.tried.elapsed());
            if !rest.is_zero() {
                let _ = poll(&mut [PollFd::to_read(wake)], rest);
                return SourceEvent::Nothing { dropped: 0 };
            }
            if let Err(error) = self.ensure_streaming() {
                return self.lose(error);
            }
            let layout = self.camera.as_ref().map_or(self.layout, Camera::layout);
            if std::mem::replace(&mut self.layout, layout) != layout {
                return SourceEvent::Nothing { dropped: 0 };
            }
        }
        let Some(camera) = &mut self.camera else { return SourceEvent::Nothing { dropped: 0 } };
        let mut waits = [PollFd::to_read(camera.fd()), PollFd::to_read(wake)];
        if let Err(e) = poll(&mut waits, self.watchdog.remaining(sys::now())) {
            return SourceEvent::Failed(Error::System { what: "poll", source: e });
        }
        let [device, wake] = waits;
        let (failed, ready, woken) = (device.has_failed(), device.is_ready(), wake.is_ready());
        if failed {
            return self.lose_because("it was unplugged; gpucam waits for it");
        }
        if ready {
            let (at, dropped) = match camera.newest() {
                Ok(frame) => (frame.at, frame.dropped),
                Err(CaptureError::NotYet { dropped, .. }) => {
                    std::thread::sleep(BROKEN_FRAME_PAUSE);
                    return SourceEvent::Nothing { dropped };
                }
                Err(CaptureError::Gone(error)) => {
                    return self.lose_because(&format!("{error}; gpucam waits for it"));
                }
            };
            self.lent = true;
            return match self.camera.as_ref().and_then(Camera::current) {
                Some(bytes) => SourceEvent::Frame { bytes, at, dropped },
                None => SourceEvent::Nothing { dropped: dropped + 1 },
            };
        }
        if !woken && self.watchdog.has_expired(sys::now()) {
            return self.lose_because("no picture came for 2 seconds; gpucam opens it anew");
        }
        SourceEvent::Nothing { dropped: 0 }
    }
}

/// A file that delivers each frame when it is due.
pub struct LiveFile {
    source: Box<dyn Source>,
    interval: Duration,
    due: Option<Instant>,
}

impl LiveFile {
    /// Plays at the file's own frame rate, or at 30 frames per second if it has none.
    pub fn new(source: Box<dyn Source>) -> Self {
        let fps = source.format().fps.unwrap_or(Fps::DEFAULT).value();
        Self { source, interval: Duration::from_secs_f64(1.0 / fps), due: None }
    }
}

impl LiveSource for LiveFile {
    fn format(&self) -> VideoFormat {
        self.source.format()
    }

    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_> {
        let due = *self.due.get_or_insert_with(Instant::now);
        let rest = due.saturating_duration_since(Instant::now());
        if !rest.is_zero() {
            let mut wait = [PollFd::to_read(wake)];
            let _ = poll(&mut wait, rest);
            if wait[0].is_ready() || Instant::now() < due {
                return SourceEvent::Nothing { dropped: 0 };
            }
        }
        // After a pause the file continues from now and does not catch up.
        let late = due.elapsed() > 10 * self.interval;
        self.due = Some(if late { Instant::now() } else { due } + self.interval);
        match self.source.next() {
            Ok(Some(bytes)) => SourceEvent::Frame { bytes, at: sys::now(), dropped: 0 },
            Ok(None) => SourceEvent::Ended,
            Err(error) => SourceEvent::Failed(error),
        }
    }
}
