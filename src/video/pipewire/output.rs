//! A virtual camera of PipeWire: a node of the class `Video/Source` that any number of programs read.
//!
//! gpucam drives the graph: it queues a frame and triggers a cycle, in which every reader gets the buffer. Nobody
//! is waited for. A buffer that comes back last is filled last, so that a slow reader finds its frame whole.
//! While nobody reads, frames are not copied at all.
#![allow(unsafe_code)] // raw buffers: the crate's own lend them without their header

use std::{
    slice,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use pipewire::{
    properties::{PropertiesBox, properties},
    spa::{
        param::{ParamType, video::VideoFormat as SpaFormat},
        sys::{SPA_META_Header, spa_buffer_find_meta_data, spa_meta_header},
        utils::Direction,
    },
    stream::{StreamFlags, StreamListener, StreamRc, StreamState},
    sys::{PW_ID_ANY, pw_stream_trigger_process},
};

use super::{
    connection::{Connection, Events, Remote},
    format,
    nodes::Follower,
};
use crate::{
    DeviceError, Error, Result, Size, frame,
    video::{PipeWireError, VideoFormat, sink, sys::PollFd},
};

/// How long the daemon may take to answer when gpucam starts.
const FIRST_ANSWER: Duration = Duration::from_secs(3);
/// Pauses between attempts to connect again: from the shortest, twice as long each time.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the slate stays at the end, so that readers get it before the node goes.
const FAREWELL: Duration = Duration::from_millis(50);

/// How the virtual camera appears to other programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSettings {
    /// Its name in their lists (`node.description`).
    pub description: String,
    /// `priority.session`: programs that take the default camera get the one with the highest.
    pub priority: u32,
}

impl NodeSettings {
    /// Above the priorities that session managers give to cameras, which are at most about 1000.
    pub const PRIORITY: u32 = 1500;
    /// The name of a virtual camera that was given none.
    pub const NAME: &str = "gpucam";

    fn properties(&self) -> PropertiesBox {
        // Names for programs have no blanks.
        let name: String = self
            .description
            .chars()
            .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
            .collect();
        properties! {
            "media.type" => "Video",
            "media.category" => "Source",
            "media.role" => "Camera",
            "media.class" => "Video/Source",
            "media.name" => self.description.as_str(),
            "node.name" => name,
            "node.description" => self.description.as_str(),
            "node.nick" => self.description.as_str(),
            "priority.session" => self.priority.to_string(),
        }
    }
}

/// What the stream's callbacks tell.
#[derive(Debug, Default)]
struct StreamStatus {
    is_streaming: AtomicBool,
    /// How often it began to stream.
    starts: AtomicU32,
}

/// The objects of one connection. They are dropped under its lock, in this order.
struct Session {
    _listener: StreamListener<()>,
    follower: Follower,
    stream: StreamRc,
    status: Arc<StreamStatus>,
}

/// A virtual camera of PipeWire. When the daemon ends, it connects again as soon as there is one.
pub struct PipeWireOutput {
    settings: NodeSettings,
    format: VideoFormat,
    /// None while there is no daemon.
    connected: Option<Connected>,
    retry: Retry,
    notice: Option<Notice>,
    slate: Vec<u8>,
    shows_slate: bool,
    /// The start of the stream that was answered with a picture.
    answered: u32,
    /// Timestamp of the last frame; timestamps increase strictly.
    last: Duration,
    frames: u64,
    dropped: u64,
}

struct Connected {
    /// None only while it is dropped.
    session: Option<Session>,
    connection: Connection,
}

/// When to connect again.
#[derive(Debug)]
struct Retry {
    due: Instant,
    pause: Duration,
}

/// What became of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It has ended.
    Gone,
    /// It is there again.
    Back,
}

impl std::fmt::Debug for PipeWireOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PipeWireOutput").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl PipeWireOutput {
    /// Makes the node. It shows the slate.
    ///
    /// # Errors
    /// [`DeviceError::PipeWire`]: there is no library or no daemon, or it refuses the node.
    pub fn open(settings: NodeSettings, format: &VideoFormat) -> Result<Self> {
        let size = format.size.check_frame()?;
        let failed = |error| Error::Device(DeviceError::PipeWire(error));
        let connected = Connected::open(&settings, format).map_err(failed)?;
        connected.connection.round_trip(FIRST_ANSWER).map_err(failed)?;
        let mut slate = vec![0; size.yuyv_bytes()];
        frame::slate(&mut slate);
        Ok(Self {
            settings,
            format: *format,
            connected: Some(connected),
            retry: Retry { due: Instant::now(), pause: SHORTEST_PAUSE },
            notice: None,
            slate,
            shows_slate: true,
            answered: 0,
            last: Duration::ZERO,
            frames: 0,
            dropped: 0,
        })
    }

    /// The name that other programs show.
    pub fn description(&self) -> &str {
        &self.settings.description
    }

    /// Shows a frame of packed YUYV that was captured at `at`, to all who watch.
    ///
    /// # Errors
    /// [`FrameError::Bytes`](crate::FrameError::Bytes).
    pub fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        sink::check_bytes(self.format.size, yuyv)?;
        self.shows_slate = false;
        self.maintain();
        self.put(yuyv, at);
        Ok(())
    }

    /// Shows the slate.
    pub fn show_slate(&mut self) {
        self.shows_slate = true;
        self.maintain();
        self.put_slate();
    }

    /// Number of programs that watch.
    pub fn consumers(&mut self) -> u32 {
        self.maintain();
        let Some(Connected { connection, session: Some(session) }) = &self.connected else { return 0 };
        connection.events().clear();
        if !session.status.is_streaming.load(Ordering::Acquire) {
            return 0;
        }
        let (starts, count) = (session.status.starts.load(Ordering::Acquire), self.readers().len());
        // Who comes while the slate is shown sees it at once; a frame follows by itself.
        if starts != self.answered && self.shows_slate {
            self.put_slate();
        }
        self.answered = starts;
        count.max(1).try_into().unwrap_or(u32::MAX)
    }

    /// Names of the programs that are linked.
    pub fn readers(&self) -> Vec<String> {
        let Some(Connected { connection, session: Some(session) }) = &self.connected else {
            return Vec::new();
        };
        let id = {
            let _lock = connection.lock();
            session.stream.node_id()
        };
        if id == PW_ID_ANY { Vec::new() } else { session.follower.graph().readers(id) }
    }

    /// Ready when somebody may have come or gone, and when the daemon has ended.
    pub fn events(&self) -> Option<PollFd<'_>> {
        let connected = self.connected.as_ref()?;
        Some(PollFd::to_read(connected.connection.events().fd()))
    }

    /// What became of the daemon since the last call.
    pub fn notice(&mut self) -> Option<Notice> {
        self.notice.take()
    }

    /// Lets go of a daemon that has ended, and looks for a new one when it is time.
    fn maintain(&mut self) {
        if self.connected.as_ref().is_some_and(|connected| connected.connection.is_lost()) {
            self.connected = None;
            self.retry = Retry { due: Instant::now() + SHORTEST_PAUSE, pause: SHORTEST_PAUSE };
            self.notice = Some(Notice::Gone);
        }
        if self.connected.is_some() || Instant::now() < self.retry.due {
            return;
        }
        match Connected::open(&self.settings, &self.format) {
            Ok(connected) => {
                self.connected = Some(connected);
                self.answered = 0;
                self.notice = Some(Notice::Back);
            }
            Err(error) => {
                tracing::debug!("{error}");
                self.retry.pause = (2 * self.retry.pause).min(LONGEST_PAUSE);
                self.retry.due = Instant::now() + self.retry.pause;
            }
        }
    }

    fn put_slate(&mut self) {
        let slate = std::mem::take(&mut self.slate);
        self.put(&slate, crate::video::sys::now());
        self.slate = slate;
    }

    /// Queues a picture if somebody watches and a buffer is free.
    fn put(&mut self, yuyv: &[u8], at: Duration) {
        let Some(Connected { connection, session: Some(session) }) = &self.connected else { return };
        if !session.status.is_streaming.load(Ordering::Acquire) {
            return;
        }
        self.last = at.max(self.last + Duration::from_micros(1));
        self.frames += 1;
        let _lock = connection.lock();
        if !session.queue(yuyv, self.format.size, self.last, self.frames) {
            self.dropped += 1;
            tracing::debug!(dropped = self.dropped, "no buffer is free");
        }
    }
}

impl Drop for PipeWireOutput {
    fn drop(&mut self) {
        let Some(Connected { session: Some(session), .. }) = &self.connected else { return };
        if session.status.is_streaming.load(Ordering::Acquire) {
            std::thread::sleep(FAREWELL);
        }
    }
}

impl Connected {
    fn open(settings: &NodeSettings, format: &VideoFormat) -> Result<Self, PipeWireError> {
        let connection = Connection::open(Remote::Daemon)?;
        let mut connected = Self { session: None, connection };
        let lock = connected.connection.lock();
        let session = Session::new(&connected.connection, settings, format);
        drop(lock);
        connected.session = Some(session?);
        Ok(connected)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let _lock = self.connection.lock();
        self.session = None;
    }
}

impl Session {
    /// Makes the node; the caller holds the lock.
    fn new(
        connection: &Connection,
        settings: &NodeSettings,
        format: &VideoFormat,
    ) -> Result<Self, PipeWireError> {
        let refused = |error: pipewire::Error| PipeWireError::Refused {
            what: "a virtual camera",
            reason: error.to_string(),
        };
        let follower = Follower::new(connection)?;
        let stream = StreamRc::new(connection.core().clone(), &settings.description, settings.properties())
            .map_err(refused)?;
        let status = Arc::<StreamStatus>::default();
        let listener = Self::listen(&stream, &status, connection.events(), format.size).map_err(refused)?;
        let offered = format::offered(format, SpaFormat::YUY2);
        let flags = StreamFlags::DRIVER | StreamFlags::MAP_BUFFERS;
        stream.connect(Direction::Output, None, flags, &mut [offered.pod()]).map_err(refused)?;
        Ok(Self { _listener: listener, follower, stream, status })
    }

    fn listen(
        stream: &StreamRc,
        status: &Arc<StreamStatus>,
        events: &Arc<Events>,
        size: Size,
    ) -> Result<StreamListener<()>, pipewire::Error> {
        let (status, events) = (status.clone(), events.clone());
        stream
            .add_local_listener::<()>()
            .state_changed(move |stream, (), old, new| {
                tracing::debug!("the node was {old:?} and is {new:?}");
                let streams = new == StreamState::Streaming;
                if !streams {
                    // What is queued now would be shown to whoever comes next.
                    let _ = stream.flush(false);
                } else if old != StreamState::Streaming {
                    status.starts.fetch_add(1, Ordering::AcqRel);
                }
                status.is_streaming.store(streams, Ordering::Release);
                events.wake();
            })
            .param_changed(move |stream, (), id, param| {
                if id == ParamType::Format.as_raw() && param.is_some() {
                    let (buffers, header) =
                        (format::buffers(size.yuyv_bytes(), 2 * size.width as usize), format::header());
                    if let Err(error) = stream.update_params(&mut [buffers.pod(), header.pod()]) {
                        tracing::debug!("buffers: {error}");
                    }
                }
            })
            .register()
    }

    /// Copies a frame into a free buffer and starts a cycle with it; the caller holds the lock. False if no
    /// buffer is free.
    fn queue(&self, yuyv: &[u8], size: Size, at: Duration, number: u64) -> bool {
        // SAFETY: the caller holds the lock. Until it is queued the buffer is ours alone; its parts are pointers
        // that are null or valid, and `maxsize` is the length of what `data` points to. The header has the size
        // that was asked for, or is not there.
        unsafe {
            let buffer = self.stream.dequeue_raw_buffer();
            if buffer.is_null() {
                return false;
            }
            let parts = (*buffer).buffer;
            if !parts.is_null() && (*parts).n_datas > 0 {
                let data = &mut *(*parts).datas;
                let is_whole = !data.data.is_null() && data.maxsize as usize >= yuyv.len();
                if is_whole {
                    slice::from_raw_parts_mut(data.data.cast::<u8>(), yuyv.len()).copy_from_slice(yuyv);
                }
                let chunk = &mut *data.chunk;
                (chunk.offset, chunk.size) = (0, if is_whole { yuyv.len() as u32 } else { 0 });
                (chunk.stride, chunk.flags) = (2 * size.width as i32, 0);
                let header: *mut spa_meta_header =
                    spa_buffer_find_meta_data(parts, SPA_META_Header, size_of::<spa_meta_header>()).cast();
                if let Some(header) = header.as_mut() {
                    (header.flags, header.offset, header.dts_offset) = (0, 0, 0);
                    (header.pts, header.seq) = (at.as_nanos() as i64, number);
                }
            }
            self.stream.queue_raw_buffer(buffer);
            pw_stream_trigger_process(self.stream.as_raw_ptr());
        }
        true
    }
}
