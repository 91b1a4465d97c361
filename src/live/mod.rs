//! The live loop: from a camera to a virtual camera, which shows a black slate whenever no frame is safe to
//! show.
//!
//! ```text
//! thread `work`   LiveSource (camera, file) ─▶ FrameProcessor (the pipeline) ─▶ frame ─┐        ▲ open, close
//! this thread     signals, consumers, time ────────────────────────────────▶ Guard ◀───┘ ───────┘
//!                                                                              │ slate, frame, again
//!                                                                              ▼
//!                                                                            Output (loopback, PipeWire)
//! ```
//! Both threads sleep in poll. Only this thread writes to the device, and it never waits for the GPU.

use std::{
    mem, thread,
    time::{Duration, Instant},
};

use crate::{
    Error, GpuError, Result, Size,
    frame::packed::PackedFrame,
    video::sys::{self, PollFd, Signals},
};

mod camera;
mod channel;
#[cfg(debug_assertions)]
pub mod fault_injection;
mod gpu_call;
pub mod guard;
mod output;
mod patience;
mod rate;
mod source;
mod status;
mod worker;

pub use camera::LiveCamera;
pub use guard::{Action, Guard, GuardEvent, GuardRules, Show};
pub use output::{Output, OutputNotice};
pub use patience::{Patience, Verdict};
pub use rate::RateMeter;
pub use source::{LiveFile, LiveSource, SourceEvent};
pub use status::LiveStats;
pub use worker::{FrameProcessor, ProcessorFactory};

use channel::Receiver;
use gpu_call::CallWatch;
use worker::{ProcessedFrame, WorkerCommand, WorkerEvent};

/// A live run and what it needs.
pub struct LiveLoop<'a> {
    /// Delivers the frames.
    pub source: Box<dyn LiveSource>,
    /// Makes the processor that hides the background.
    pub make_processor: ProcessorFactory,
    /// Receives the frames. It already shows the slate.
    pub output: &'a mut dyn Output,
    /// Size of processed frames.
    pub size: Size,
    /// The guard's rules.
    pub rules: GuardRules,
    /// Ends the run after this many frames.
    pub frames: Option<u64>,
    /// Signals that end the run.
    pub signals: Option<Signals>,
}

/// How long to wait for the worker to end; it may hang in a driver.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);
/// Interval of polling an output for consumers if it does not report them.
const CONSUMER_POLL_INTERVAL: Duration = Duration::from_millis(250);

impl LiveLoop<'_> {
    /// Runs until a signal, the end of the input or `frames` frames. The output shows the slate afterwards in
    /// any case.
    ///
    /// # Errors
    /// Those of the first processor, of the source and of the output.
    pub fn run(self) -> Result<LiveStats> {
        let Self { source, make_processor, output, size, rules, frames, signals } = self;
        let system = |what| move |source: std::io::Error| Error::System { what, source };
        let (mut commands, worker_commands) = channel::channel().map_err(system("a pipe"))?;
        let (worker_events, mut events) = channel::channel().map_err(system("a pipe"))?;
        let watch = CallWatch::default();
        let calls = watch.clone();
        let work = move || worker::run(source, make_processor, size, calls, worker_commands, worker_events);
        let worker = thread::Builder::new().name("work".into()).spawn(work).map_err(system("a thread"))?;

        let (guard, first) = Guard::new(rules, sys::now());
        let mut state = LiveState {
            guard,
            output,
            last: None,
            stats: LiveStats::default(),
            left: frames,
            wants_nv12: false,
            shutter_closed: false,
            spare: Vec::new(),
        };
        let mut send_commands = |state: &mut LiveState<'_>, camera: Option<bool>| {
            // That the worker has ended shows when its events are read.
            let wants_nv12 = state.output.wants_nv12();
            let nv12 = (mem::replace(&mut state.wants_nv12, wants_nv12) != wants_nv12).then_some(wants_nv12);
            let spare = state.spare.drain(..).map(WorkerCommand::Recycle);
            let changes = nv12.map(WorkerCommand::Nv12).into_iter().chain(camera.map(WorkerCommand::Camera));
            for command in spare.chain(changes) {
                commands.send(command);
            }
        };
        send_commands(&mut state, first.camera);
        let ended = loop {
            if let Some(waited) = watch.overdue(&rules) {
                break Err(Error::Gpu(GpuError::Hung { waited }));
            }
            match state.turn(&mut events, signals.as_ref(), &mut send_commands) {
                Ok(false) => {}
                Ok(true) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let stopped = state.handle(GuardEvent::Stop, None).map(drop);
        let stats = state.stats;
        stats.clear();
        drop(commands); // the worker ends when its channel is closed
        let start = Instant::now();
        while !worker.is_finished() && start.elapsed() < SHUTDOWN_TIMEOUT {
            thread::sleep(Duration::from_millis(5));
        }
        ended.and(stopped).map(|()| stats)
    }
}

/// State of the thread that writes to the output.
struct LiveState<'a> {
    guard: Guard,
    output: &'a mut dyn Output,
    /// The frame that [`Show::Again`] shows.
    last: Option<PackedFrame>,
    stats: LiveStats,
    /// Frames left to process.
    left: Option<u64>,
    /// Whether the worker was told to pack NV12.
    wants_nv12: bool,
    /// Whether the camera's shutter is closed.
    shutter_closed: bool,
    /// Memory to return to the worker.
    spare: Vec<PackedFrame>,
}

type SendCommands<'a> = &'a mut dyn FnMut(&mut LiveState<'_>, Option<bool>);

impl LiveState<'_> {
    /// Waits for an event and handles it. True at the end of the run.
    fn turn(
        &mut self,
        events: &mut Receiver<WorkerEvent>,
        signals: Option<&Signals>,
        send: SendCommands<'_>,
    ) -> Result<bool> {
        let asks = !self.output.reports_consumers() && (self.stats.is_on() || !self.guard.is_always_on());
        let mut rest = self.guard.next_tick().saturating_sub(sys::now());
        if asks {
            rest = rest.min(CONSUMER_POLL_INTERVAL);
        }
        let mut waits = vec![PollFd::to_read(events.fd())];
        waits.extend(signals.map(|signals| PollFd::to_read(signals.fd())));
        let before = waits.len();
        waits.extend(self.output.events());
        sys::poll(&mut waits, rest).map_err(|source| Error::System { what: "poll", source })?;
        if signals.is_some() && waits[1].is_ready() {
            tracing::info!("a signal: the end");
            return Ok(true);
        }
        if asks || waits[before..].iter().any(PollFd::is_ready) {
            let count = self.output.consumers();
            self.stats.consumers(count, self.output.readers());
            let camera = self.handle(GuardEvent::Consumers(count), None)?;
            send(self, camera);
        }
        match self.output.notice() {
            Some(OutputNotice::Gone(error)) => {
                self.stats.clear();
                tracing::warn!(error = &error as &dyn std::error::Error);
            }
            Some(OutputNotice::Back(device)) => {
                self.stats.clear();
                tracing::warn!("{device} is back");
            }
            None => {}
        }
        loop {
            match events.try_recv() {
                Ok(Some(event)) => {
                    if self.receive(event, send)? {
                        return Ok(true);
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    return Err(Error::System {
                        what: "the working thread",
                        source: std::io::Error::other("it has ended"),
                    });
                }
            }
        }
        let camera = self.handle(GuardEvent::Tick, None)?;
        send(self, camera);
        self.stats.tick(match (self.guard.is_open(), self.guard.is_showing_frames()) {
            (false, _) => "idle",
            (true, false) if self.shutter_closed => "camera shutter closed",
            (true, false) => "slate",
            (true, true) => "live",
        });
        Ok(false)
    }

    /// Handles an event of the worker. True at the end of the run.
    fn receive(&mut self, event: WorkerEvent, send: SendCommands<'_>) -> Result<bool> {
        let camera = match event {
            WorkerEvent::Frame(picture) => {
                self.stats.processed(picture.took);
                let camera =
                    self.handle(GuardEvent::Frame { at: picture.at, mask: picture.mask }, Some(picture))?;
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(1);
                }
                camera
            }
            WorkerEvent::Dropped(frames) => {
                self.stats.dropped(frames);
                None
            }
            WorkerEvent::Failed(error) => {
                error.iter().for_each(|error| self.warn(error));
                self.handle(GuardEvent::Failed, None)?
            }
            WorkerEvent::Lost(error) => {
                error.iter().for_each(|error| self.warn(error));
                self.handle(GuardEvent::Lost, None)?
            }
            WorkerEvent::Notice(error) => {
                self.stats.clear();
                tracing::warn!(error = &error as &dyn std::error::Error);
                None
            }
            WorkerEvent::Shutter(closed) => {
                self.shutter_closed = closed;
                self.stats.clear();
                match closed {
                    true => {
                        tracing::warn!("camera shutter closed; the slate is shown until it is opened");
                        self.handle(GuardEvent::Lost, None)?
                    }
                    false => {
                        tracing::info!("camera shutter opened");
                        None
                    }
                }
            }
            WorkerEvent::Ended => return Ok(true),
            WorkerEvent::Fatal(error) => return Err(error),
        };
        send(self, camera);
        Ok(self.left == Some(0))
    }

    /// Passes an event to the guard and shows what it decides. Returns whether to open or close the camera.
    fn handle(&mut self, event: GuardEvent, picture: Option<ProcessedFrame>) -> Result<Option<bool>> {
        let action = self.guard.handle(sys::now(), event);
        match action.show {
            Some(Show::Frame) => {
                if let Some(ProcessedFrame { frame, at, .. }) = picture {
                    self.output.show_frame(&frame, at)?;
                    self.stats.shown(sys::now().saturating_sub(at));
                    self.spare.extend(self.last.replace(frame));
                }
                return Ok(action.camera);
            }
            Some(Show::Again) => match &self.last {
                Some(frame) => self.output.show_frame(frame, sys::now())?,
                None => self.output.show_slate()?,
            },
            Some(Show::Slate) => {
                // The frame is not kept in memory either.
                self.spare.extend(self.last.take());
                self.output.show_slate()?;
            }
            None => {}
        }
        self.spare.extend(picture.map(|picture| picture.frame));
        Ok(action.camera)
    }

    fn warn(&self, error: &Error) {
        self.stats.clear();
        match error {
            // The worker opens a lost GPU again by itself.
            Error::Gpu(lost @ (GpuError::Lost { .. } | GpuError::Hung { .. })) => {
                tracing::warn!("{lost}; gpucam opens it again; the slate is shown meanwhile");
            }
            error => tracing::warn!(error = error as &dyn std::error::Error, "the slate is shown meanwhile"),
        }
    }
}
