//! A camera as a source of live frames: it may be unplugged and come back, be slow, or send broken frames.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use super::{
    freshness::Freshness,
    patience::{Patience, Verdict},
    rate::RateMeter,
    source::{LiveSource, SourceEvent},
};
use crate::{
    DeviceError, DeviceFault, Error, Result,
    sys::{self, PollFd, poll},
    video::{
        Fps, InputOptions, VideoFormat,
        camera::{
            Camera, CameraIdentity, CameraRequest, CaptureDevice, CaptureError, ControlSetting, PixelLayout,
            Reopen,
        },
        device::Devices,
    },
};

/// Time between two attempts to open a camera that is gone.
const REOPEN_INTERVAL: Duration = Duration::from_millis(500);
/// Time between two looks at the camera's shutter.
const SHUTTER_INTERVAL: Duration = Duration::from_millis(400);
/// Pause after a broken frame, so that a series of them does not keep a core busy.
const BROKEN_FRAME_PAUSE: Duration = Duration::from_millis(5);

/// Why there is no picture, as far as it is reported only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// It is not there.
    Gone,
    /// Another program has it.
    Busy,
    /// It does not start.
    Start,
    /// It sends nothing.
    Silent,
    /// It sends broken frames.
    Broken,
}

/// A camera of V4L2, which is found again by its [`CameraIdentity`].
#[derive(Debug)]
struct ReopenCamera {
    identity: CameraIdentity,
    typed: Option<String>,
    request: CameraRequest,
    wanted: InputOptions,
    controls: Vec<ControlSetting>,
}

/// A camera, which is found again when it comes back.
#[derive(Debug)]
pub struct LiveCamera {
    camera: Option<Box<dyn CaptureDevice>>,
    streaming: bool,
    again: Box<dyn Reopen>,
    format: VideoFormat,
    layout: Option<PixelLayout>,
    patience: Patience,
    rate: RateMeter,
    freshness: Freshness,
    /// See [`LiveSource::wait_at_most`].
    longest_wait: Duration,
    /// How long the camera was waited for since the last frame.
    waited: Duration,
    /// Whether the shutter was closed when it was last looked at, and when to look again.
    shutter_closed: bool,
    shutter_due: Instant,
    /// What to say in the next call.
    notice: Option<Error>,
    /// Whether the last call lent a frame.
    lent: bool,
    /// When opening was last tried, and how long after it to try again.
    tried: Instant,
    pause: Duration,
    /// What was reported last, until all is well again.
    reported: Option<Trouble>,
}

impl Reopen for ReopenCamera {
    fn reopen(&self) -> Result<(Box<dyn CaptureDevice>, Option<Error>)> {
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
        // It is worth more with other controls than not at all.
        let notice = camera.set_controls(&self.controls).err();
        Ok((Box::new(camera), notice))
    }
}

impl LiveCamera {
    /// Takes over a camera that was opened with the same arguments.
    pub fn new(camera: Camera, typed: Option<String>, request: CameraRequest, wanted: InputOptions) -> Self {
        Self::with_controls(camera, typed, request, wanted, Vec::new())
    }

    /// The same for a camera whose controls were set so; they are set whenever it is opened again.
    #[doc(hidden)]
    pub fn with_controls(
        camera: Camera,
        typed: Option<String>,
        request: CameraRequest,
        wanted: InputOptions,
        controls: Vec<ControlSetting>,
    ) -> Self {
        let identity = camera.identity().clone();
        // A camera that comes back must have the same frame size.
        let request = CameraRequest { size: Some(camera.format().size), ..request };
        let again = ReopenCamera { identity, typed, request, wanted, controls };
        Self::of(Box::new(camera), Box::new(again))
    }

    /// Takes over an open camera, which `again` opens again.
    #[doc(hidden)]
    pub fn of(camera: Box<dyn CaptureDevice>, again: Box<dyn Reopen>) -> Self {
        let (format, layout) = (camera.format(), camera.layout());
        Self {
            camera: Some(camera),
            streaming: false,
            again,
            format,
            layout,
            patience: Patience::new(sys::now()),
            rate: RateMeter::new(format.fps.map(Fps::value)),
            freshness: Freshness::default(),
            longest_wait: Duration::MAX,
            waited: Duration::ZERO,
            shutter_closed: false,
            shutter_due: Instant::now(),
            notice: None,
            lent: false,
            tried: Instant::now(),
            pause: Duration::ZERO,
            reported: None,
        }
    }

    fn reopen(&mut self) -> Result<Box<dyn CaptureDevice>> {
        let (camera, notice) = self.again.reopen()?;
        let (is, was) = (camera.format(), self.format);
        if is.colorimetry != was.colorimetry || is.size != was.size {
            let what = if is.size == was.size { "colours" } else { "pictures" };
            let reason = format!("it came back with other {what}; start gpucam again");
            return Err(Error::Device(DeviceError::Camera {
                path: camera.path().into(),
                source: DeviceFault::Other(reason),
            }));
        }
        self.notice = notice;
        Ok(camera)
    }

    /// Opens the camera and starts its stream, unless that is done.
    fn ensure_streaming(&mut self) -> Result<()> {
        if self.camera.is_none() {
            self.camera = Some(self.reopen()?);
        }
        if let (false, Some(camera)) = (self.streaming, &mut self.camera) {
            camera.start()?;
            self.freshness.started(sys::now());
            self.streaming = true;
            self.shutter_due = Instant::now();
            self.patience.started(sys::now());
            self.rate.restart();
        }
        Ok(())
    }

    /// Closes the camera, to open it again after a pause. The pause grows if that did not help before.
    fn lose(&mut self, trouble: Trouble, error: Error) -> SourceEvent<'static> {
        self.close();
        self.tried = Instant::now();
        self.pause = match trouble {
            Trouble::Gone | Trouble::Busy => REOPEN_INTERVAL,
            Trouble::Start | Trouble::Silent | Trouble::Broken => self.patience.failed(),
        };
        self.report(trouble, error)
    }

    /// The loss, with its reason unless that was the last to be reported.
    fn report(&mut self, trouble: Trouble, error: Error) -> SourceEvent<'static> {
        SourceEvent::Lost((self.reported.replace(trouble) != Some(trouble)).then_some(error))
    }

    fn fault(&self, source: DeviceFault) -> Error {
        let path = self.camera.as_ref().map(|camera| camera.path().to_owned()).unwrap_or_default();
        Error::Device(DeviceError::Camera { path, source })
    }

    fn unplugged(&mut self, reason: &str) -> SourceEvent<'static> {
        let error = self.fault(DeviceFault::Other(format!("{reason}; gpucam waits for it")));
        self.lose(Trouble::Gone, error)
    }

    /// Gives the camera up, or mentions that it is slow, if it is time.
    fn judge(&mut self) -> Option<SourceEvent<'static>> {
        Some(match self.patience.verdict(sys::now())? {
            Verdict::Slow => {
                let error = self.fault(DeviceFault::Silent { seconds: 2, reopened: false });
                self.report(Trouble::Silent, error)
            }
            Verdict::Silent(time) => {
                let error = self.fault(DeviceFault::Silent { seconds: time.as_secs(), reopened: true });
                self.lose(Trouble::Silent, error)
            }
            Verdict::Broken(frame) => {
                let error = self.fault(frame.fault(2));
                self.lose(Trouble::Broken, error)
            }
        })
    }

    /// Looks at the shutter, if it is time. True if it was closed or opened since.
    fn has_shutter_moved(&mut self) -> bool {
        let Some(camera) = self.camera.as_ref().filter(|_| self.shutter_due <= Instant::now()) else {
            return false;
        };
        self.shutter_due = Instant::now() + SHUTTER_INTERVAL;
        let closed = camera.is_shutter_closed();
        if std::mem::replace(&mut self.shutter_closed, closed) == closed {
            return false;
        }
        self.patience.started(sys::now());
        self.rate.restart();
        true
    }

    /// What there is to say about the rate after `frames` more frames.
    fn sags(&mut self, frames: u64) -> Option<Error> {
        let rate = self.rate.count(sys::now(), frames, std::mem::take(&mut self.waited))?;
        let camera = self.camera.as_ref().filter(|_| !self.patience.is_known_as_slow())?;
        Some(Error::Device(DeviceError::SlowCamera {
            path: camera.path().into(),
            rate,
            promised: self.format.fps?.value(),
            control: camera.exposure_priority(),
        }))
    }
}

fn is_busy(error: &Error) -> bool {
    let used = |fault: &DeviceFault| matches!(fault, DeviceFault::UsedBy { .. } | DeviceFault::InUse);
    matches!(error, Error::Device(DeviceError::Camera { source, .. }) if used(source))
}

impl LiveSource for LiveCamera {
    fn format(&self) -> VideoFormat {
        self.format
    }

    fn layout(&self) -> Option<PixelLayout> {
        self.layout
    }

    fn open(&mut self) {
        self.reported = None;
        // The first attempt comes at once.
        self.pause = Duration::ZERO;
    }

    fn warm_up(&mut self) {
        let is_due = self.tried.elapsed() >= self.pause;
        if is_due && self.ensure_streaming().is_ok() {
            self.layout = self.camera.as_ref().map_or(self.layout, |camera| camera.layout());
        }
    }

    fn close(&mut self) {
        (self.camera, self.streaming) = (None, false);
    }

    fn wait_at_most(&mut self, longest: Duration) {
        self.longest_wait = longest;
    }

    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_> {
        if let Some(notice) = self.notice.take() {
            return SourceEvent::Notice(notice);
        }
        // The time that processing the last frame took is not the camera's.
        if std::mem::take(&mut self.lent) {
            self.patience.resume(sys::now());
        }
        if !self.streaming {
            let rest = self.pause.saturating_sub(self.tried.elapsed());
            if !rest.is_zero() {
                let _ = poll(&mut [PollFd::to_read(wake)], rest.min(self.longest_wait));
                return SourceEvent::Nothing { dropped: 0 };
            }
            if let Err(error) = self.ensure_streaming() {
                let trouble = match &self.camera {
                    Some(_) => Trouble::Start,
                    None if is_busy(&error) => Trouble::Busy,
                    None => Trouble::Gone,
                };
                return self.lose(trouble, error);
            }
            let layout = self.camera.as_ref().map_or(self.layout, |camera| camera.layout());
            if std::mem::replace(&mut self.layout, layout) != layout {
                return SourceEvent::Nothing { dropped: 0 };
            }
        }
        if self.has_shutter_moved() {
            return SourceEvent::Shutter { closed: self.shutter_closed };
        }
        if self.shutter_closed {
            // It may send nothing until it is opened.
            self.patience.resume(sys::now());
        }
        let Some(camera) = &mut self.camera else { return SourceEvent::Nothing { dropped: 0 } };
        let mut waits = [PollFd::to_read(camera.fd()), PollFd::to_read(wake)];
        let before = sys::now();
        let mut rest = self.patience.remaining(before).min(self.longest_wait);
        if camera.has_shutter() {
            rest = rest.min(self.shutter_due.saturating_duration_since(Instant::now()));
        }
        if let Err(e) = poll(&mut waits, rest) {
            return SourceEvent::Failed(Error::System { what: "poll", source: e });
        }
        self.waited += sys::now().saturating_sub(before);
        let [device, _] = waits;
        if device.has_failed() {
            return self.unplugged("it was unplugged");
        }
        if !device.is_ready() {
            return self.judge().unwrap_or(SourceEvent::Nothing { dropped: 0 });
        }
        let (at, dropped) = match camera.newest() {
            Ok(frame) => (frame.at, frame.dropped),
            Err(CaptureError::NotYet { dropped, broken }) => {
                if let Some(broken) = broken {
                    self.patience.broken_frame(sys::now(), broken);
                    std::thread::sleep(BROKEN_FRAME_PAUSE);
                }
                return self.judge().unwrap_or(SourceEvent::Nothing { dropped });
            }
            Err(CaptureError::Gone(error)) => return self.unplugged(&error.to_string()),
        };
        if self.shutter_closed {
            return SourceEvent::Nothing { dropped: 0 };
        }
        self.patience.picture(sys::now());
        if self.patience.is_steady() {
            self.reported = None;
        }
        let sags = self.sags(1 + dropped);
        self.notice = self.notice.take().or(sags);
        if self.freshness.is_too_old(at, sys::now(), sys::since_boot()) {
            tracing::debug!("a frame that waited for too long is dropped");
            return SourceEvent::Nothing { dropped: dropped + 1 };
        }
        self.lent = true;
        match self.camera.as_ref().and_then(|camera| camera.current()) {
            Some(bytes) => SourceEvent::Frame { bytes, at, dropped },
            None => SourceEvent::Nothing { dropped: dropped + 1 },
        }
    }
}
