//! Commands to a running live loop, and what it tells about itself.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use super::{
    channel::{self, Receiver, Sender},
    error::InstanceError,
    processor::ProcessorFactory,
    source::LiveSource,
};
use crate::{Effects, Error, Result};

/// Opens another source, in the worker's thread and after the one before it was closed.
pub type SourceFactory = Box<dyn FnOnce() -> Result<Box<dyn LiveSource>> + Send>;

/// Receives how a [`Change`] ended, in the loop's thread: it must not wait.
pub type Reply = Box<dyn FnOnce(Result<()>) + Send>;

/// Another picture. If any part of it fails, all stays as it was.
pub struct Change {
    /// Whether the effects hide the background.
    pub hides: bool,
    /// Makes processors of all settings from now on.
    pub make_processor: ProcessorFactory,
    /// The effects, if nothing else changes: then a running processor may switch to them within a frame.
    pub effects: Option<Effects>,
    /// Another source. Processed frames keep their size.
    pub source: Option<SourceFactory>,
    /// Whether it is still wanted.
    pub claim: Claim,
}

/// What is to become of a [`Change`]: the loop makes it, or whoever asked for it gives it up. Both try to take it, and only
/// the first one gets it, so that a change that was given up is never made.
#[derive(Clone, Debug, Default)]
pub struct Claim(Arc<AtomicBool>);

impl Claim {
    /// Decides; false if the other side has decided already.
    #[must_use]
    pub fn take(&self) -> bool {
        !self.0.swap(true, SeqCst)
    }

    /// The same for the loop, right before it adopts the change.
    pub(super) fn adopt(&self) -> Result<()> {
        if self.take() { Ok(()) } else { Err(given_up()) }
    }

    /// An error if the change was given up; for the loop, as long as it has not adopted it.
    pub(super) fn check(&self) -> Result<()> {
        if self.0.load(SeqCst) { Err(given_up()) } else { Ok(()) }
    }

    /// Waits for the end of the change, and gives it up after `longest`.
    ///
    /// # Errors
    /// How the change ended; that it was given up, also where nobody is left who could make it.
    pub fn wait(&self, ended: &mpsc::Receiver<Result<()>>, longest: Duration) -> Result<()> {
        match ended.recv_timeout(longest) {
            Err(RecvTimeoutError::Timeout) if self.take() => Err(given_up()),
            // It is being adopted, so the answer is near.
            Err(RecvTimeoutError::Timeout) => ended.recv().unwrap_or_else(|_| Err(given_up())),
            ended => ended.unwrap_or_else(|_| Err(given_up())),
        }
    }
}

fn given_up() -> Error {
    let sentence = "this change took too long and was given up; what is shown stays, try again".into();
    Error::Instance(InstanceError::Refused { sentence })
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hides, effects, source, .. } = self;
        let mut change = f.debug_struct("Change");
        change.field("hides", hides).field("effects", effects).field("source", &source.is_some()).finish()
    }
}

/// What a running loop is told.
pub enum LiveCommand {
    /// Show the slate and close the camera (true), or go on.
    Pause(bool),
    /// Show another picture.
    Change(Change, Reply),
    /// End the run.
    Stop,
}

impl fmt::Debug for LiveCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pause(paused) => f.debug_tuple("Pause").field(paused).finish(),
            Self::Change(change, _) => f.debug_tuple("Change").field(change).finish(),
            Self::Stop => f.write_str("Stop"),
        }
    }
}

/// What a loop tells about itself, at most once a second and when its state changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveStatus {
    /// `live`, `slate`, `idle` (the camera is closed), `paused` or `camera shutter closed`.
    pub state: &'static str,
    /// Frames a second from the source.
    pub fps_in: f64,
    /// Frames a second to the outputs.
    pub fps_out: f64,
    /// Processing time of the last frame.
    pub work: Duration,
    /// Median of the last latencies, from capture to output.
    pub latency_p50: Duration,
    /// Their 95th percentile.
    pub latency_p95: Duration,
    /// Frames that were not processed, since the start.
    pub dropped: u64,
    /// Frames that were shown, since the start.
    pub shown: u64,
    /// Programs that watch.
    pub consumers: u32,
    /// What is given up while frames take too long, as in "the second look"; empty if nothing is.
    pub given_up: String,
    /// Why, in a sentence; empty before anything was given up.
    pub given_up_why: String,
}

/// Is told about a run, in the loop's thread: it must not wait.
pub trait LiveObserver: Send {
    /// The status is another one.
    fn status(&mut self, status: &LiveStatus);

    /// The loop is alive: called at each turn.
    fn turn(&mut self) {}

    /// For how long the loop may sleep before its next turn.
    fn longest_rest(&self) -> Duration {
        Duration::MAX
    }
}

/// Controls a running loop from other threads.
#[derive(Clone, Debug)]
pub struct LiveHandle(Arc<Mutex<Sender<LiveCommand>>>);

impl LiveHandle {
    /// Sends a command. False if the run has ended.
    pub fn send(&self, command: LiveCommand) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).send(command)
    }
}

/// The loop's end of a [`LiveHandle`].
pub struct LiveControl {
    pub(super) commands: Receiver<LiveCommand>,
    pub(super) observer: Box<dyn LiveObserver>,
}

impl fmt::Debug for LiveControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveControl").finish_non_exhaustive()
    }
}

/// Makes both ends.
///
/// # Errors
/// The system's if it cannot create a pipe.
pub fn control(observer: Box<dyn LiveObserver>) -> io::Result<(LiveHandle, LiveControl)> {
    let (sender, commands) = channel::channel()?;
    Ok((LiveHandle(Arc::new(Mutex::new(sender))), LiveControl { commands, observer }))
}
