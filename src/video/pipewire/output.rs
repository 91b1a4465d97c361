//! A virtual camera of PipeWire: a node of the class `Video/Source` that any number of programs read.
//!
//! gpucam drives the graph: it queues a frame and triggers a cycle, in which every consumer gets the buffer. Nobody
//! is waited for. A buffer that comes back last is filled last, so that a slow consumer finds its frame whole.
//! While nobody reads, frames are not copied at all.
#![allow(unsafe_code)] // raw buffers: the crate's own lend them without their header

use std::{
    collections::VecDeque,
    ptr::NonNull,
    slice,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use pipewire::{
    properties::{PropertiesBox, properties},
    spa::{
        param::{
            ParamType,
            video::{VideoFormat as SpaFormat, VideoInfoRaw},
        },
        pod::Pod,
        sys::{SPA_META_Header, spa_buffer_find_meta_data, spa_meta_header},
        utils::Direction,
    },
    stream::{StreamFlags, StreamListener, StreamRc, StreamState},
    sys::{PW_ID_ANY, pw_buffer, pw_stream_queue_buffer, pw_stream_trigger_process},
};

use super::{
    connection::{Connection, Events, Remote},
    format::{self, Param},
    nodes::Follower,
    picture::{Picture, layout},
};
use crate::{
    DeviceError, Error, Result, Size,
    sys::{PollFd, now},
    video::{PipeWireError, VideoFormat, sink},
};

/// How long the daemon may take to answer when gpucam starts.
const FIRST_ANSWER: Duration = Duration::from_secs(3);
/// Pauses between attempts to connect again: from the shortest, twice as long each time.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A consumer that has all buffers for longer than this keeps them for good: the oldest are filled again, or the
/// other consumers would get nothing.
const LONGEST_LOAN: Duration = Duration::from_millis(300);
/// How long the slate stays at the end, so that consumers get it before the node goes.
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
    /// Whether the node is gone for good while the daemon runs: somebody has removed it, or the stream has failed.
    is_removed: AtomicBool,
    /// Whether the consumers agreed on NV12 rather than YUY2.
    is_nv12: AtomicBool,
    /// How often it began to stream.
    starts: AtomicU32,
    /// Addresses of the stream's buffers, the one that was queued last at the end.
    buffers: Mutex<VecDeque<usize>>,
}

impl StreamStatus {
    fn buffers(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    /// None while there is no daemon, and after the node was removed.
    connected: Option<Connected>,
    /// Whether the daemon has ended since there last was a node.
    has_ended: bool,
    removed_since: Option<Instant>,
    retry: Retry,
    notice: Option<Notice>,
    shows_slate: bool,
    /// The start of the stream that was answered with a picture.
    answered: u32,
    /// Timestamp of the last frame; timestamps increase strictly.
    last: Duration,
    frames: u64,
    dropped: u64,
    /// Since when no consumer has given a buffer back.
    starved_since: Option<Instant>,
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
        format.size.check_frame()?;
        let failed = |error| Error::Device(DeviceError::PipeWire(error));
        let connected = Connected::open(&settings, format).map_err(failed)?;
        connected.connection.round_trip(FIRST_ANSWER).map_err(failed)?;
        Ok(Self {
            settings,
            format: *format,
            connected: Some(connected),
            has_ended: false,
            removed_since: None,
            retry: Retry { due: Instant::now(), pause: SHORTEST_PAUSE },
            notice: None,
            shows_slate: true,
            answered: 0,
            last: Duration::ZERO,
            frames: 0,
            dropped: 0,
            starved_since: None,
        })
    }

    /// The name that other programs show.
    pub fn description(&self) -> &str {
        &self.settings.description
    }

    /// Shows a frame of packed YUYV that was captured at `at`, to all who watch; `nv12` is the same frame if it was
    /// packed so, too.
    ///
    /// # Errors
    /// [`FrameError::Bytes`](crate::FrameError::Bytes).
    pub fn show(&mut self, yuyv: &[u8], nv12: Option<&[u8]>, at: Duration) -> Result<()> {
        sink::check_bytes(self.format.size, yuyv)?;
        self.shows_slate = false;
        self.maintain();
        self.put(Picture::Frame(yuyv, nv12), at);
        Ok(())
    }

    /// Shows the slate.
    pub fn show_slate(&mut self) {
        self.shows_slate = true;
        self.maintain();
        self.put(Picture::Slate, now());
    }

    /// Whether those who watch agreed on NV12.
    pub fn wants_nv12(&self) -> bool {
        self.status().is_some_and(|status| status.is_nv12.load(Ordering::Acquire))
    }

    /// Number of programs that watch.
    pub fn consumers(&mut self) -> u32 {
        self.maintain();
        let Some(Connected { connection, session: Some(session) }) = &self.connected else { return 0 };
        connection.events().clear();
        if !session.status.is_streaming.load(Ordering::Acquire) {
            return 0;
        }
        let (starts, count) = (session.status.starts.load(Ordering::Acquire), self.consumer_names().len());
        // Who comes while the slate is shown sees it at once; a frame follows by itself.
        if starts != self.answered && self.shows_slate {
            self.put(Picture::Slate, now());
        }
        self.answered = starts;
        count.max(1).try_into().unwrap_or(u32::MAX)
    }

    /// Whether a picture would reach anybody; without a daemon, attempts to connect take the place of pictures.
    pub fn needs_beat(&self) -> bool {
        self.status().is_none_or(|status| status.is_streaming.load(Ordering::Acquire)) || self.is_removed()
    }

    fn status(&self) -> Option<&StreamStatus> {
        Some(&*self.connected.as_ref()?.session.as_ref()?.status)
    }

    fn is_removed(&self) -> bool {
        self.status().is_some_and(|status| status.is_removed.load(Ordering::Acquire))
    }

    /// Names of the programs that are linked.
    pub fn consumer_names(&self) -> Vec<String> {
        let Some(Connected { connection, session: Some(session) }) = &self.connected else {
            return Vec::new();
        };
        let id = {
            let _lock = connection.lock();
            session.stream.node_id()
        };
        if id == PW_ID_ANY { Vec::new() } else { session.follower.graph().consumer_names(id) }
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

    /// Lets go of a daemon that has ended and of a node that was removed, and makes a new one when it is time.
    fn maintain(&mut self) {
        if self.connected.as_ref().is_some_and(|connected| connected.connection.is_lost()) {
            self.connected = None;
            (self.has_ended, self.removed_since) = (true, None);
            self.retry = Retry { due: Instant::now() + SHORTEST_PAUSE, pause: SHORTEST_PAUSE };
            self.notice = Some(Notice::Gone);
        } else if self.is_removed()
            && self.removed_since.get_or_insert_with(Instant::now).elapsed() >= self.retry.pause
        {
            // Not at once: where the daemon ends, that is known only a moment after its nodes are gone. And not in a
            // busy loop, if it is removed again and again.
            tracing::warn!("the virtual camera was removed from PipeWire; gpucam makes it anew");
            (self.connected, self.removed_since) = (None, None);
            self.retry.pause = (2 * self.retry.pause).min(LONGEST_PAUSE);
        }
        if self.connected.is_some() || Instant::now() < self.retry.due {
            return;
        }
        match Connected::open(&self.settings, &self.format) {
            Ok(connected) => {
                self.connected = Some(connected);
                self.answered = 0;
                self.notice = std::mem::take(&mut self.has_ended).then_some(Notice::Back);
            }
            Err(error) => {
                tracing::debug!("{error}");
                self.retry.pause = (2 * self.retry.pause).min(LONGEST_PAUSE);
                self.retry.due = Instant::now() + self.retry.pause;
            }
        }
    }

    /// Queues a picture if somebody watches and a buffer is free.
    fn put(&mut self, picture: Picture<'_>, at: Duration) {
        let Some(Connected { connection, session: Some(session) }) = &self.connected else { return };
        if !session.status.is_streaming.load(Ordering::Acquire) {
            return;
        }
        self.last = at.max(self.last + Duration::from_micros(1));
        self.frames += 1;
        let _lock = connection.lock();
        let mut buffer = session.dequeue();
        if buffer.is_some() {
            self.starved_since = None;
        } else if self.starved_since.get_or_insert_with(Instant::now).elapsed() > LONGEST_LOAN {
            buffer = session.take_back();
        }
        let size = self.format.size;
        if !buffer.is_some_and(|buffer| session.queue(buffer, picture, size, self.last, self.frames)) {
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
        let yuy2 = format::offered(format, SpaFormat::YUY2);
        let nv12 = format.size.nv12_bytes().map(|_| format::offered(format, SpaFormat::NV12));
        let mut offered: Vec<&Pod> =
            [Some(&yuy2), nv12.as_ref()].into_iter().flatten().map(Param::pod).collect();
        let flags = StreamFlags::DRIVER | StreamFlags::MAP_BUFFERS;
        stream.connect(Direction::Output, None, flags, &mut offered).map_err(refused)?;
        Ok(Self { _listener: listener, follower, stream, status })
    }

    fn listen(
        stream: &StreamRc,
        status: &Arc<StreamStatus>,
        events: &Arc<Events>,
        size: Size,
    ) -> Result<StreamListener<()>, pipewire::Error> {
        let (status, negotiated, added, removed) =
            (status.clone(), status.clone(), status.clone(), status.clone());
        let (events, events_of_format) = (events.clone(), events.clone());
        stream
            .add_local_listener::<()>()
            .state_changed(move |stream, (), old, new| {
                tracing::debug!("the node was {old:?} and is {new:?}");
                let streams = new == StreamState::Streaming;
                let streamed = old == StreamState::Streaming;
                if streams && !streamed {
                    status.starts.fetch_add(1, Ordering::AcqRel);
                }
                if streamed && !streams {
                    // What is queued now would be shown to whoever comes next. Before it ever streamed, 0.3.48 would crash.
                    let _ = stream.flush(false);
                }
                status.is_streaming.store(streams, Ordering::Release);
                let is_removed = matches!(new, StreamState::Error(_) | StreamState::Unconnected);
                status.is_removed.fetch_or(is_removed, Ordering::AcqRel);
                events.wake();
            })
            .param_changed(move |stream, (), id, param| {
                let Some(param) = param.filter(|_| id == ParamType::Format.as_raw()) else { return };
                let mut agreed = VideoInfoRaw::new();
                let is_nv12 = agreed.parse(param).is_ok() && agreed.format() == SpaFormat::NV12;
                negotiated.is_nv12.store(is_nv12, Ordering::Release);
                let (bytes, stride) = layout(size, is_nv12);
                let (buffers, header) = (format::buffers(bytes, stride), format::header());
                if let Err(error) = stream.update_params(&mut [buffers.pod(), header.pod()]) {
                    tracing::debug!("buffers: {error}");
                }
                events_of_format.wake();
            })
            .add_buffer(move |_, (), buffer| added.buffers().push_back(buffer as usize))
            .remove_buffer(move |_, (), buffer| removed.buffers().retain(|kept| *kept != buffer as usize))
            .register()
    }

    /// Starts a cycle; the caller holds the lock.
    fn trigger(&self) {
        // SAFETY: the caller holds the lock.
        let started = unsafe { pw_stream_trigger_process(self.stream.as_raw_ptr()) };
        if started < 0 {
            tracing::debug!("no cycle was started ({started})");
        }
    }

    /// A buffer that no consumer has; the caller holds the lock.
    fn dequeue(&self) -> Option<NonNull<pw_buffer>> {
        // SAFETY: the caller holds the lock. The buffer is queued again in any case.
        NonNull::new(unsafe { self.stream.dequeue_raw_buffer() })
    }

    /// The buffer that was queued first, whoever has it. The caller holds the lock.
    fn take_back(&self) -> Option<NonNull<pw_buffer>> {
        let oldest = self.status.buffers().front().copied();
        oldest.and_then(|address| NonNull::new(address as *mut pw_buffer))
    }

    /// Writes a picture into a buffer and starts a cycle with it; the caller holds the lock. False if the library
    /// refuses the buffer.
    fn queue(
        &self,
        buffer: NonNull<pw_buffer>,
        picture: Picture<'_>,
        size: Size,
        at: Duration,
        number: u64,
    ) -> bool {
        let is_nv12 = self.status.is_nv12.load(Ordering::Acquire);
        let (bytes, stride) = layout(size, is_nv12);
        {
            let mut buffers = self.status.buffers();
            buffers.retain(|kept| *kept != buffer.as_ptr() as usize);
            buffers.push_back(buffer.as_ptr() as usize);
        }
        // SAFETY: the caller holds the lock, so the stream has this buffer: `remove_buffer` forgets those that go.
        // No other thread writes to its memory; a consumer that keeps it for too long reads a mixture. Its parts are
        // pointers that are null or valid, and `maxsize` is the length of what `data` points to. The header has
        // the size that was asked for, or is not there.
        unsafe {
            let parts = buffer.as_ref().buffer;
            if !parts.is_null() && (*parts).n_datas > 0 {
                let data = &mut *(*parts).datas;
                let is_whole = !data.data.is_null() && data.maxsize as usize >= bytes;
                if is_whole {
                    let memory = slice::from_raw_parts_mut(data.data.cast::<u8>(), bytes);
                    picture.write(memory, size, is_nv12);
                }
                let chunk = &mut *data.chunk;
                (chunk.offset, chunk.size) = (0, if is_whole { bytes as u32 } else { 0 });
                (chunk.stride, chunk.flags) = (stride as i32, 0);
                let header: *mut spa_meta_header =
                    spa_buffer_find_meta_data(parts, SPA_META_Header, size_of::<spa_meta_header>()).cast();
                if let Some(header) = header.as_mut() {
                    (header.flags, header.offset, header.dts_offset) = (0, 0, 0);
                    (header.pts, header.seq) = (at.as_nanos() as i64, number);
                }
            }
            let is_queued = pw_stream_queue_buffer(self.stream.as_raw_ptr(), buffer.as_ptr()) >= 0;
            self.trigger();
            is_queued
        }
    }
}
