//! What the bus and the tray ask of the thread that controls a run.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{answer::Answer, status::Status};
use crate::live::{
    LiveCommand, LiveHandle,
    channel::{self, Receiver, Sender},
};

/// A value of a flag, as D-Bus carries it.
#[derive(Clone, Debug, PartialEq)]
pub enum SetValue {
    /// On, or off: as if the flag were not given.
    Switch(bool),
    /// A value, such as `1.5` or `16:9`.
    Text(String),
    /// Several values, such as effects; none to take back what was set.
    List(Vec<String>),
}

/// A request to the controlling thread.
#[derive(Debug)]
pub enum Request {
    /// Set these flags.
    Set(Vec<(String, SetValue)>, Answer),
    /// Use this preset; the empty name for none.
    Preset(String, Answer),
    /// Read the configuration files again.
    Reload(Answer),
    /// Learn the room without anybody in it.
    Learn(Answer),
    /// Forget the room, and remove the file in which it is kept.
    ForgetRoom(Answer),
    /// The status may have changed: tell those who listen.
    Status,
}

/// What the bus, the tray and the live loop hold of a run.
#[derive(Clone, Debug)]
pub struct Remote {
    status: Arc<Mutex<Status>>,
    requests: Arc<Mutex<Sender<Request>>>,
    live: LiveHandle,
}

/// Makes the remote of a run, and the other end of its requests.
///
/// # Errors
/// The system's if it cannot create a pipe.
pub(crate) fn remote(
    status: Arc<Mutex<Status>>,
    live: LiveHandle,
) -> io::Result<(Remote, Receiver<Request>)> {
    let (sender, requests) = channel::channel()?;
    Ok((Remote { status, requests: Arc::new(Mutex::new(sender)), live }, requests))
}

impl Remote {
    /// The present status.
    pub fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request; if the run has ended, its answer says so.
    pub fn ask(&self, request: Request) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).send(request);
    }

    /// Sends a command to the live loop, past all requests: a pause must not wait for a change that takes long.
    pub fn command(&self, command: LiveCommand) -> bool {
        self.live.send(command)
    }

    /// Ends the run, past all requests, once the answer is on its way to whoever asked.
    pub fn quit(&self) {
        const ANSWERED: Duration = Duration::from_millis(100);
        let live = self.live.clone();
        thread::spawn(move || {
            thread::sleep(ANSWERED);
            live.send(LiveCommand::Stop);
        });
    }

    /// Pauses or resumes. False if the run has ended.
    pub fn pause(&self, paused: bool) -> bool {
        let sent = self.command(LiveCommand::Pause(paused));
        self.status().paused = paused;
        self.ask(Request::Status);
        sent
    }
}
