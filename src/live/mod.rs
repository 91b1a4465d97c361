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
    collections::VecDeque,
    mem, thread,
    time::{Duration, Instant},
};

use crate::{
    Error, GpuError, Result, Size,
    frame::{copies, packed::PackedFrame},
    sys::{self, PollFd, Signals},
};

#[cfg(feature = "cli")]
pub mod auto_adapter;
mod backoff;
mod camera;
pub(crate) mod channel;
mod control;
mod error;
#[cfg(debug_assertions)]
pub mod fault_injection;
mod freshness;
mod given_up;
mod gpu_call;
pub mod guard;
#[cfg(feature = "cli")]
pub(crate) mod idle_tune;
mod instance;
#[cfg(feature = "cli")]
pub mod look;
mod output;
#[cfg(feature = "cli")]
pub(crate) mod paced;
pub mod pacing;
mod patience;
mod preparation;
mod processing;
mod processor;
#[cfg(feature = "cli")]
pub mod quality;
mod rate;
mod runtime_folder;
mod source;
mod status;
mod worker;

pub use camera::LiveCamera;
pub use control::{
    Change, Claim, LiveCommand, LiveControl, LiveHandle, LiveObserver, LiveStatus, Reply, SourceFactory,
    control,
};
pub use error::InstanceError;
pub use freshness::Freshness;
pub use guard::{Action, Guard, GuardEvent, GuardRules, Show};
pub use instance::CameraLock;
#[cfg(feature = "cli")]
pub(crate) use instance::folder as lock_folder;
pub use output::{Output, OutputNotice};
pub use patience::{Patience, Verdict};
pub use processor::{FrameProcessor, ProcessorFactory, RecoveryCheck};
pub use rate::RateMeter;
pub use runtime_folder::{own_folder, runtime_folder};
pub use source::{LiveFile, LiveSource, SourceEvent};
pub use status::LiveStats;

use channel::{Receiver, Sender};
use gpu_call::{CallWatch, LONGEST_TURN};
use processing::ProcessedFrame;
use worker::{WorkerCommand, WorkerEvent};

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
        self.run_controlled(None)
    }

    /// The same, controlled by the [`LiveHandle`] that belongs to `control`.
    ///
    /// # Errors
    /// As [`LiveLoop::run`].
    #[doc(hidden)]
    pub fn run_controlled(self, control: Option<LiveControl>) -> Result<LiveStats> {
        let Self { source, make_processor, output, size, rules, frames, signals } = self;
        let system = |what| move |source: std::io::Error| Error::System { what, source };
        let (commands, worker_commands) = channel::channel().map_err(system("a pipe"))?;
        let (worker_events, mut events) = channel::channel().map_err(system("a pipe"))?;
        let watch = CallWatch::default();
        let (calls, hides) = (watch.clone(), rules.hides_background);
        let count = copies::inherit();
        let work = move || {
            count();
            worker::run(source, make_processor, size, hides, calls, worker_commands, worker_events);
        };
        let worker = thread::Builder::new().name("work".into()).spawn(work).map_err(system("a thread"))?;

        let (guard, first) = Guard::new(rules, sys::now());
        let mut state = LiveState {
            guard,
            output,
            commands,
            control,
            asked: VecDeque::new(),
            last: None,
            stats: LiveStats::default(),
            left: frames,
            wants_nv12: false,
            shutter_closed: false,
        };
        state.command(first);
        let ended = loop {
            if let Some(waited) = watch.overdue(&rules) {
                break Err(Error::Gpu(GpuError::Hung { waited }));
            }
            match state.turn(&mut events, signals.as_ref()) {
                Ok(false) => {}
                Ok(true) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let stopped = state.handle(GuardEvent::Stop, None);
        let stats = state.stats;
        stats.clear();
        drop(state.commands); // the worker ends when its channel is closed
        let start = Instant::now();
        while !worker.is_finished() && start.elapsed() < SHUTDOWN_TIMEOUT {
            thread::sleep(Duration::from_millis(5));
        }
        ended.and(stopped).map(|()| stats)
    }
}

/// A change that the worker has not yet made.
struct AskedChange {
    /// To whom to say how it ends.
    reply: Reply,
    /// Whether it brings another source, which is not behind the shutter of the one before.
    is_other_source: bool,
}

/// What ended a wait, besides the worker's events and the commands.
struct Woken {
    signal: bool,
    output: bool,
}

/// State of the thread that writes to the output.
struct LiveState<'a> {
    guard: Guard,
    output: &'a mut dyn Output,
    /// To the worker. That it has ended shows when its events are read.
    commands: Sender<WorkerCommand>,
    control: Option<LiveControl>,
    /// The changes that the worker has not yet made, in order.
    asked: VecDeque<AskedChange>,
    /// The frame that [`Show::Again`] shows.
    last: Option<PackedFrame>,
    stats: LiveStats,
    /// Frames left to process.
    left: Option<u64>,
    /// Whether the worker was told to pack NV12.
    wants_nv12: bool,
    /// Whether the camera's shutter is closed.
    shutter_closed: bool,
}

impl LiveState<'_> {
    /// Waits for an event and handles what has come. True at the end of the run.
    fn turn(&mut self, events: &mut Receiver<WorkerEvent>, signals: Option<&Signals>) -> Result<bool> {
        let is_told = self.stats.is_on() || self.control.is_some();
        let asks = !self.output.reports_consumers() && (is_told || !self.guard.is_always_on());
        let woken = self.wait(events, signals, is_told, asks)?;
        if woken.signal {
            tracing::info!("a signal: the end");
            return Ok(true);
        }
        if asks || woken.output {
            let count = self.output.consumers();
            self.stats.consumers(count, self.output.consumer_names());
            self.handle(GuardEvent::Consumers(count), None)?;
        }
        if self.obey()? {
            return Ok(true);
        }
        self.notice();
        if self.drain(events)? {
            return Ok(true);
        }
        self.handle(GuardEvent::Tick, None)?;
        self.tell();
        Ok(false)
    }

    /// Sleeps until something happens or is due: until the next tick, and while `asks`, until the output is asked for its
    /// consumers again.
    fn wait(
        &mut self,
        events: &Receiver<WorkerEvent>,
        signals: Option<&Signals>,
        is_told: bool,
        asks: bool,
    ) -> Result<Woken> {
        self.guard.set_quiet(!self.output.needs_beat());
        let mut rest = self.guard.next_tick().saturating_sub(sys::now());
        if let Some(control) = &self.control {
            rest = rest.min(control.observer.longest_rest());
        }
        if is_told {
            rest = rest.min(self.stats.rest());
        }
        if asks {
            rest = rest.min(CONSUMER_POLL_INTERVAL);
        }
        if self.guard.is_open() {
            // The worker may hang in a driver, which shows only when it is asked.
            rest = rest.min(LONGEST_TURN);
        }
        let mut waits = vec![PollFd::to_read(events.fd())];
        waits.extend(signals.map(|signals| PollFd::to_read(signals.fd())));
        waits.extend(self.control.iter().map(|control| PollFd::to_read(control.commands.fd())));
        let before = waits.len();
        waits.extend(self.output.events());
        sys::poll(&mut waits, rest).map_err(|source| Error::System { what: "poll", source })?;
        let signal = signals.is_some() && waits[1].is_ready();
        Ok(Woken { signal, output: waits[before..].iter().any(PollFd::is_ready) })
    }

    /// Says what has become of the output.
    fn notice(&mut self) {
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
    }

    /// Handles the worker's events that have come. True at the end of the run.
    fn drain(&mut self, events: &mut Receiver<WorkerEvent>) -> Result<bool> {
        let ended = |_| {
            let source = std::io::Error::other("it has ended");
            Error::System { what: "the working thread", source }
        };
        while let Some(event) = events.try_recv().map_err(ended)? {
            if self.receive(event)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells whoever observes the run how it is.
    fn tell(&mut self) {
        let changed = self.stats.tick(match (self.guard.is_open(), self.guard.is_showing_frames()) {
            _ if self.guard.is_paused() => "paused",
            (false, _) => "idle",
            (true, false) if self.shutter_closed => "camera shutter closed",
            (true, false) => "slate",
            (true, true) => "live",
        });
        if let Some(LiveControl { observer, .. }) = &mut self.control {
            observer.turn();
            if changed {
                observer.status(self.stats.status());
            }
        }
    }

    /// Handles the commands that have come. True at the end of the run.
    fn obey(&mut self) -> Result<bool> {
        while let Some(control) = &mut self.control {
            match control.commands.try_recv() {
                Ok(Some(LiveCommand::Pause(true))) => self.handle(GuardEvent::Pause, None)?,
                Ok(Some(LiveCommand::Pause(false))) => self.handle(GuardEvent::Resume, None)?,
                Ok(Some(LiveCommand::Change(change, reply))) => {
                    self.handle(GuardEvent::Asked { hides: change.hides }, None)?;
                    self.asked.push_back(AskedChange { reply, is_other_source: change.source.is_some() });
                    self.commands.send(WorkerCommand::Change(Box::new(change)));
                }
                Ok(Some(LiveCommand::Stop)) => return Ok(true),
                Ok(None) => break,
                // Nobody is left who could send any.
                Err(_) => self.control = None,
            }
        }
        Ok(false)
    }

    /// Handles an event of the worker. True at the end of the run.
    fn receive(&mut self, event: WorkerEvent) -> Result<bool> {
        match event {
            WorkerEvent::Frame(picture) => {
                self.stats.processed(picture.took);
                let ProcessedFrame { at, mask, hides, taken, .. } = picture;
                let age = sys::since_boot().saturating_sub(taken);
                self.handle(GuardEvent::Frame { at, mask, hides, age }, Some(picture))?;
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(1);
                }
            }
            WorkerEvent::Changed(ended) => {
                self.handle(if ended.is_ok() { GuardEvent::Adopted } else { GuardEvent::Refused }, None)?;
                if let Some(AskedChange { reply, is_other_source }) = self.asked.pop_front() {
                    self.shutter_closed &= !(is_other_source && ended.is_ok());
                    reply(ended);
                }
            }
            WorkerEvent::Dropped(frames) => self.stats.dropped(frames),
            WorkerEvent::Failed(error) => {
                error.iter().for_each(|error| self.warn(error));
                self.handle(GuardEvent::Failed, None)?;
            }
            WorkerEvent::Lost(error) => {
                error.iter().for_each(|error| self.warn(error));
                self.handle(GuardEvent::Lost, None)?;
            }
            WorkerEvent::Notice(error) => {
                self.stats.clear();
                tracing::warn!(error = &error as &dyn std::error::Error);
            }
            WorkerEvent::GivenUp(given_up) => {
                self.stats.clear();
                let text = given_up.to_string();
                tracing::info!("{text}");
                self.stats.given_up(given_up.what, text);
            }
            WorkerEvent::Shutter(closed) => {
                self.shutter_closed = closed;
                self.stats.clear();
                match closed {
                    true => {
                        tracing::warn!("camera shutter closed; the slate is shown until it is opened");
                        self.handle(GuardEvent::Lost, None)?;
                    }
                    false => tracing::info!("camera shutter opened"),
                }
            }
            WorkerEvent::Ended => return Ok(true),
            WorkerEvent::Fatal(error) => return Err(error),
        }
        Ok(self.left == Some(0))
    }

    /// Passes an event to the guard and does what it decides.
    fn handle(&mut self, event: GuardEvent, mut picture: Option<ProcessedFrame>) -> Result<()> {
        let action = self.guard.handle(sys::now(), event);
        match action.show {
            // With the GPU its memory went; the worker is about to say so.
            Some(Show::Frame) if picture.as_ref().is_some_and(|picture| picture.frame.is_lost()) => {
                self.output.show_slate()?;
            }
            Some(Show::Frame) => {
                if let Some(ProcessedFrame { frame, at, .. }) = picture.take() {
                    self.output.show_frame(&frame, at)?;
                    self.stats.shown(sys::now().saturating_sub(at));
                    let before = self.last.replace(frame);
                    self.recycle(before);
                }
            }
            Some(Show::Again) => match &self.last {
                Some(frame) if !frame.is_lost() => self.output.show_frame(frame, sys::now())?,
                _ => self.output.show_slate()?,
            },
            Some(Show::Slate) => {
                // The frame is not kept in memory either.
                let last = self.last.take();
                self.recycle(last);
                self.output.show_slate()?;
            }
            None => {}
        }
        self.recycle(picture.map(|picture| picture.frame));
        self.command(action);
        Ok(())
    }

    /// Returns a frame's memory to the worker: this thread never calls the driver, which may hang.
    fn recycle(&mut self, frame: Option<PackedFrame>) {
        frame.into_iter().for_each(|frame| _ = self.commands.send(WorkerCommand::Recycle(frame)));
    }

    /// Tells the worker what the guard decides about camera and GPU.
    fn command(&mut self, action: Action) {
        let wants_nv12 = self.output.wants_nv12();
        let is_other = mem::replace(&mut self.wants_nv12, wants_nv12) != wants_nv12;
        let nv12 = is_other.then_some(WorkerCommand::Nv12(wants_nv12));
        let camera = action.camera.map(WorkerCommand::Camera);
        let release = action.release.then_some(WorkerCommand::Release);
        [nv12, camera, release].into_iter().flatten().for_each(|command| _ = self.commands.send(command));
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
