//! A camera of PipeWire: a stream that is linked to a node of class Video/Source, always the newest frame.
//!
//! ```text
//! pick (node) ─▶ EnumFormat ─▶ choose (format) ─▶ pw_stream, one format ─▶ Buffers, header ─▶ linked by the session manager
//!        ┌──────────────────────────────────────────────────────────────────────────┘
//!        └▶ process, in the loop's thread: newest buffer kept, older ones back ─▶ newest, in the worker: copied, back
//! ```
//!
//! A frame is copied once, under the loop's lock, and its buffer goes back at once. Borrowing it until the GPU has it
//! would keep the lock, and with it every other object of the connection, for as long as a frame takes: without the lock
//! a buffer may be unmapped at any time, by another format or by the daemon's end. The copy also drops the rows'
//! padding, which may change from frame to frame, so that the pipeline is recorded once.
#![allow(unsafe_code)] // raw buffers of a stream, and Send for what the loop's lock guards

use std::{
    fmt, io,
    os::fd::BorrowedFd,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pipewire::{
    keys,
    properties::properties,
    spa::{param::ParamType, utils::Direction},
    stream::{StreamFlags, StreamListener, StreamRc, StreamState},
    sys::pw_buffer,
};

use super::{
    buffer::{self, Unreadable},
    connection::Events,
    format, offers,
    session::{NodeDetails, Session},
};
use crate::{
    Colorimetry, DeviceError, DeviceFault, Error, FormatError, Range, Result,
    frame::copies,
    sys,
    video::{
        Fps, InputOptions, PipeWireError, VideoFormat,
        camera::{
            BrokenFrame, CameraRequest, CaptureDevice, CaptureError, CapturedFrame, ChosenFormat,
            ControlSetting, PixelFormat, PixelLayout, RangeTables, choice, clock::StreamClock, controls,
            jpeg,
        },
        pipewire::nodes::Node,
        v4l2::DeviceNode,
    },
};

/// An open camera. Its indicator light is on while it streams.
pub struct PipeWireCamera {
    path: PathBuf,
    session: Arc<Mutex<Session>>,
    events: Arc<Events>,
    node: Node,
    v4l2_path: Option<PathBuf>,
    choice: ChosenFormat,
    format: VideoFormat,
    layout: PixelLayout,
    /// Converts the codes of a JPEG.
    codes: RangeTables,
    stream: Option<Stream>,
    frames: Arc<Mutex<Frames>>,
    clock: StreamClock,
    /// The last frame, without padding, or the last JPEG as it came.
    copied: Vec<u8>,
    /// The last JPEG, decoded.
    decoded: Vec<u8>,
}

/// In this order they are dropped, under the loop's lock.
struct Stream {
    _listener: StreamListener<()>,
    stream: StreamRc,
}

/// What the loop's thread leaves for the worker.
#[derive(Default)]
struct Frames {
    /// The newest intact buffer and when it arrived. It is the stream's, and valid while the loop's lock is held
    /// and `remove_buffer` has not named it.
    pending: Option<(*mut pw_buffer, Duration)>,
    /// Frames dropped since the worker last looked.
    dropped: u64,
    broken: Option<BrokenFrame>,
    /// Why there will be no further frame.
    gone: Option<String>,
}

// SAFETY: the stream and the buffers are touched by the loop's thread in its callbacks and by the owner of this under
// the loop's lock, never at once; what is counted without atomics moves along. Everything else is Send.
unsafe impl Send for PipeWireCamera {}

impl fmt::Debug for PipeWireCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeWireCamera")
            .field("node", &self.node)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PipeWireCamera {
    /// Opens `node` in a format chosen by `request`. Streaming starts later.
    ///
    /// # Errors
    /// [`DeviceError::Camera`], [`FrameError::Size`](crate::FrameError::Size).
    pub fn open(
        session: Arc<Mutex<Session>>,
        node: Node,
        details: NodeDetails,
        request: CameraRequest,
        options: &InputOptions,
    ) -> Result<Self> {
        let path = PathBuf::from(format!("pipewire:{}", node.title()));
        request.size.map_or(Ok(()), |size| size.check_frame().map(drop))?;
        let NodeDetails { formats, v4l2_path, .. } = details;
        let target = request.fps.unwrap_or(Fps::DEFAULT);
        let rates = |code, size| offers::rates_at(&formats, code, size, target);
        let choice = choice::choose(&offers::offered(&formats), request, rates).map_err(|error| {
            Error::Device(DeviceError::Camera { path: path.clone(), source: error.into() })
        })?;
        let size = choice.size.check_frame()?;
        if let (Some(asked), Some(fps)) = (request.fps, choice.fps)
            && (asked.value() - fps.value()).abs() > 0.5
        {
            tracing::warn!("{}: {fps} frames a second, not {asked}: it has no such rate", path.display());
        }
        let mut read = options.colorimetry(offers::colorimetry(&formats, &choice));
        if choice.pixel_format.is_rgb() {
            read.range = Range::Full; // the only one that R'G'B' is read in
        }
        let stride = choice.pixel_format.row_bytes(size.width) as usize;
        let layout = PixelLayout { pixel_format: choice.pixel_format, size, stride, range: read.range };
        // Consumers assume limited range, so `RangeTables` converts every frame to it.
        let colorimetry = Colorimetry { range: Range::Limited, ..read };
        let format = VideoFormat { size, fps: choice.fps, colorimetry };
        tracing::info!(
            camera = node.title(), packing = %choice.pixel_format, %size, ?read,
            fps = choice.fps.map(Fps::value), "opened"
        );
        let events = lock(&session).connection.events().clone();
        Ok(Self {
            path,
            session,
            events,
            node,
            v4l2_path,
            choice,
            format,
            layout,
            codes: RangeTables::from_range(read.range),
            stream: None,
            frames: Arc::default(),
            clock: StreamClock::default(),
            copied: Vec::new(),
            decoded: Vec::new(),
        })
    }

    /// Its name for people.
    pub fn title(&self) -> &str {
        self.node.title()
    }

    /// Its `node.name`, which stays.
    pub fn node_name(&self) -> &str {
        &self.node.name
    }

    /// The node of V4L2 behind it, if there is one.
    pub fn v4l2_path(&self) -> Option<&Path> {
        self.v4l2_path.as_deref()
    }

    /// Sets controls, in this order, at the node of V4L2 behind it: whoever streams from a camera, any program sets its
    /// controls. (PipeWire's own properties of a node have some of them, by other names.)
    ///
    /// # Errors
    /// [`DeviceError::Camera`]: there is no such node, it does not have one of the controls, or refuses its value.
    pub fn set_controls(&self, settings: &[ControlSetting]) -> Result<()> {
        let failed = |source| Error::Device(DeviceError::Camera { path: self.path.clone(), source });
        if settings.is_empty() {
            return Ok(());
        }
        let path = self.v4l2_path.as_deref().ok_or_else(|| {
            let reason = "PipeWire names no device of V4L2 behind it, so --camera-control cannot set its controls; leave \
                          it out";
            failed(DeviceFault::Other(reason.into()))
        })?;
        let node = DeviceNode::open(path).map_err(|error| {
            failed(DeviceFault::Other(format!("its controls are those of {}: {error}", path.display())))
        })?;
        controls::apply(&node, settings).map_err(failed)
    }

    fn refused(error: &pipewire::Error) -> Error {
        let refused = PipeWireError::Refused { what: "a stream", reason: error.to_string() };
        Error::Device(DeviceError::PipeWire(refused))
    }

    /// Makes the stream. The caller holds the loop's lock.
    fn connect(&self, session: &Session) -> Result<Stream, pipewire::Error> {
        let mut properties = properties! {
            *keys::MEDIA_TYPE => "Video",
            *keys::MEDIA_CATEGORY => "Capture",
            *keys::MEDIA_ROLE => "Camera",
            *keys::NODE_NAME => "gpucam-input",
        };
        if let Some(serial) = self.node.serial {
            properties.insert("target.object", serial.to_string());
        }
        let stream = StreamRc::new(session.connection.core().clone(), "gpucam", properties)?;
        let (frames, events) = (self.frames.clone(), self.events.clone());
        let tell = move |change: &dyn Fn(&mut Frames)| {
            change(&mut lock(&frames));
            events.wake();
        };
        let (of_state, of_format) = (tell.clone(), tell);
        let (arriving, removing, events) = (self.frames.clone(), self.frames.clone(), self.events.clone());
        let ChosenFormat { pixel_format, size, .. } = self.choice;
        let listener = stream
            .add_local_listener::<()>()
            .state_changed(move |_, (), _, state| match state {
                StreamState::Error(words) => of_state(&|frames| {
                    frames.gone = Some(format!("PipeWire ended its stream ({words})"));
                }),
                StreamState::Unconnected => {
                    of_state(&|frames| frames.gone = Some("PipeWire ended its stream".into()));
                }
                _ => {}
            })
            .param_changed(move |stream, (), id, pod| {
                let Some(pod) = pod.filter(|_| id == ParamType::Format.as_raw()) else { return };
                let got = offers::parse(pod.as_bytes());
                let got = got.first().and_then(|format| format.fixed());
                if got != Some((pixel_format, size)) {
                    let (got, is) = got.unwrap_or((pixel_format, size));
                    let error = FormatError::Changed {
                        asked: pixel_format.to_string(),
                        asked_size: size,
                        got: got.to_string(),
                        size: is,
                    };
                    of_format(&|frames| frames.gone = Some(error.to_string()));
                    return;
                }
                let ([mapped, unmapped], header) = (offers::buffers(), format::header());
                if let Err(error) = stream.update_params(&mut [mapped.pod(), unmapped.pod(), header.pod()]) {
                    of_format(&|frames| {
                        frames.gone = Some(format!("PipeWire refuses its buffers ({error})"));
                    });
                }
            })
            .remove_buffer(move |_, (), buffer| {
                let mut frames = lock(&removing);
                frames.pending = frames.pending.filter(|(pending, _)| *pending != buffer);
            })
            .process(move |stream, ()| {
                let arrived = sys::now();
                let mut frames = lock(&arriving);
                loop {
                    // SAFETY: each buffer is given back exactly once, here or by the worker.
                    let buffer = unsafe { stream.dequeue_raw_buffer() };
                    if buffer.is_null() {
                        break;
                    }
                    // SAFETY: a buffer that was dequeued is valid until it is given back or removed.
                    let out = match unsafe { buffer::fault(buffer) } {
                        Some(broken) => {
                            frames.broken = Some(broken);
                            Some(buffer)
                        }
                        None => frames.pending.replace((buffer, arrived)).map(|(older, _)| older),
                    };
                    if let Some(out) = out {
                        frames.dropped += 1;
                        // SAFETY: it came from this stream, and is forgotten here.
                        unsafe { stream.queue_raw_buffer(out) };
                    }
                }
                events.wake();
            })
            .register()?;
        let asked = offers::asked(&self.choice);
        let flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS | StreamFlags::DONT_RECONNECT;
        // The number is for session managers that do not know target.object.
        stream.connect(Direction::Input, Some(self.node.id), flags, &mut [asked.pod()])?;
        Ok(Stream { _listener: listener, stream })
    }

    fn stop(&mut self) {
        let session = lock(&self.session);
        let _lock = session.connection.lock();
        *lock(&self.frames) = Frames::default();
        self.stream = None;
    }

    /// Copies the newest frame. Returns its time and the number of frames dropped before it.
    fn take(&mut self) -> Result<(Duration, u64), CaptureError> {
        let Some(Stream { stream, .. }) = &self.stream else {
            return Err(CaptureError::Gone(io::ErrorKind::NotConnected.into()));
        };
        let gone = |words: String| Err(CaptureError::Gone(io::Error::other(words)));
        self.events.clear();
        let session = lock(&self.session);
        let _lock = session.connection.lock();
        let mut frames = lock(&self.frames);
        if session.connection.is_lost() {
            return gone("PipeWire was stopped".into());
        }
        if !session.has(&self.node) {
            return gone("it was unplugged".into());
        }
        if let Some(words) = frames.gone.take() {
            return gone(words);
        }
        let (mut dropped, broken) = (std::mem::take(&mut frames.dropped), frames.broken.take());
        let Some((buffer, arrived)) = frames.pending.take() else {
            return Err(CaptureError::NotYet { dropped, broken });
        };
        // SAFETY: the loop's lock is held and the buffer was not removed, so it and its memory are valid.
        let copied = unsafe { buffer::copy(buffer, &self.layout, &mut self.copied) };
        // SAFETY: as above for the buffer.
        let at = unsafe { buffer::captured(buffer) };
        // SAFETY: it came from this stream, and is forgotten here.
        unsafe { stream.queue_raw_buffer(buffer) };
        copies::count();
        match copied {
            Ok(()) => {}
            Err(Unreadable::Broken(broken)) => {
                dropped += 1;
                return Err(CaptureError::NotYet { dropped, broken: Some(broken) });
            }
            Err(Unreadable::Unmapped) => return gone(PipeWireError::Unmapped.to_string()),
        }
        // Times of another clock are useless; then it is the time at which the frame arrived.
        let at = at.filter(|at| *at <= arrived && self.clock.is_ours(*at, arrived, arrived - *at));
        Ok((at.unwrap_or(arrived), dropped))
    }
}

impl Drop for PipeWireCamera {
    fn drop(&mut self) {
        self.stop();
    }
}

impl CaptureDevice for PipeWireCamera {
    fn path(&self) -> &Path {
        &self.path
    }

    fn format(&self) -> VideoFormat {
        self.format
    }

    fn layout(&self) -> Option<PixelLayout> {
        (self.layout.pixel_format != PixelFormat::Mjpg && !self.layout.is_yuyv()).then_some(self.layout)
    }

    fn start(&mut self) -> Result<()> {
        self.stop();
        self.clock.started(sys::now());
        let session = lock(&self.session);
        let lock = session.connection.lock();
        let stream = self.connect(&session).map_err(|error| Self::refused(&error))?;
        drop(lock);
        drop(session);
        self.stream = Some(stream);
        Ok(())
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.events.fd()
    }

    fn newest(&mut self) -> Result<CapturedFrame<'_>, CaptureError> {
        let (at, mut dropped) = self.take()?;
        if self.layout.pixel_format == PixelFormat::Mjpg {
            copies::count();
            self.decoded.resize(self.layout.size.yuyv_bytes(), 0);
            if let Err(broken) = jpeg::unpack(&self.codes, self.layout.size, &self.copied, &mut self.decoded)
            {
                tracing::debug!(%broken, "a frame is dropped");
                dropped += 1;
                return Err(CaptureError::NotYet { dropped, broken: Some(broken) });
            }
            return Ok(CapturedFrame { bytes: &self.decoded, at, dropped });
        }
        Ok(CapturedFrame { bytes: &self.copied, at, dropped })
    }

    fn current(&self) -> Option<&[u8]> {
        self.stream.as_ref()?;
        Some(if self.layout.pixel_format == PixelFormat::Mjpg { &self.decoded } else { &self.copied })
    }
}
