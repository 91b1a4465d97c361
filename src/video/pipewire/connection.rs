//! A connection with the PipeWire daemon, served by a thread of libpipewire's own (`pw_thread_loop`).
//!
//! That thread holds the loop's lock while it runs callbacks and sleeps without it. Every other thread takes the
//! lock before it touches an object of the connection: [`Connection::lock`].
#![allow(unsafe_code)] // pw_thread_loop_new, and Send for what the loop's lock guards

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use pipewire::{
    context::ContextRc,
    core::{self, CoreRc, PW_ID_CORE},
    properties::properties,
    thread_loop::{ThreadLoopLockGuard, ThreadLoopRc},
};

use super::library;
use crate::{sys::Wake, video::PipeWireError};

/// Whom to connect with.
#[derive(Debug)]
pub enum Remote {
    /// The user's daemon.
    Daemon,
    /// The daemon behind a descriptor that the camera portal gave.
    Descriptor(OwnedFd),
}

/// What the thread of the loop tells the others.
#[derive(Debug)]
pub struct Events {
    wake: Wake,
    state: Mutex<State>,
    /// Signals a change of `state`.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The daemon's words when the connection broke.
    lost: Option<String>,
    /// The last answer to [`Connection::round_trip`].
    done: i32,
    version: Option<String>,
}

impl Events {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the thread that polls [`Events::fd`].
    pub fn wake(&self) {
        self.wake.wake();
    }

    /// Whether something happened since the last call.
    pub fn clear(&self) -> bool {
        self.wake.clear()
    }

    /// The descriptor to poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.wake.fd()
    }
}

/// An open connection. Objects made from [`Connection::core`] must be dropped before it, under its lock.
pub struct Connection {
    // In this order they are dropped, after the thread has ended.
    listener: Option<core::Listener>,
    core: Option<CoreRc>,
    context: Option<ContextRc>,
    thread_loop: ThreadLoopRc,
    events: Arc<Events>,
}

// SAFETY: a thread touches the objects only while it holds the loop's lock or after the loop's thread has ended,
// and takes them along when the connection moves: the reference counts, which are not atomic, are never changed
// by two threads at once. Callbacks hold no reference-counted object of the connection, only `Events`.
unsafe impl Send for Connection {}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("events", &self.events).finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects; does not wait for the daemon's answer.
    ///
    /// # Errors
    /// [`PipeWireError::Library`], [`PipeWireError::NoDaemon`], [`PipeWireError::Refused`].
    pub fn open(remote: Remote) -> Result<Self, PipeWireError> {
        library::load()?;
        let refused = |what: &'static str| {
            move |error: pipewire::Error| PipeWireError::Refused { what, reason: os_reason(&error) }
        };
        // SAFETY: the library is loaded; the loop is used under its lock from here on.
        let thread_loop =
            unsafe { ThreadLoopRc::new(Some("pipewire"), None) }.map_err(refused("a thread"))?;
        let own = properties! { "application.name" => "gpucam", "application.id" => "gpucam" };
        let context = ContextRc::new(&thread_loop, Some(own)).map_err(refused("a context"))?;
        let connected = match remote {
            Remote::Daemon => context.connect_rc(None),
            Remote::Descriptor(fd) => context.connect_fd_rc(fd, None),
        };
        let core = connected.map_err(|error| PipeWireError::NoDaemon { reason: os_reason(&error) })?;
        let wake = Wake::new()
            .map_err(|error| PipeWireError::Refused { what: "a pipe", reason: error.to_string() })?;
        let events = Arc::new(Events { wake, state: Mutex::default(), changed: Condvar::new() });
        let (to_info, to_done, to_error) = (events.clone(), events.clone(), events.clone());
        let listener = core
            .add_listener_local()
            .info(move |info| to_info.state().version = Some(info.version().to_owned()))
            .done(move |id, seq| {
                if id == PW_ID_CORE {
                    to_done.state().done = seq.seq();
                    to_done.changed.notify_all();
                }
            })
            .error(move |id, _, code, words| {
                tracing::debug!("PipeWire: object {id}: {words} ({code})");
                if id == PW_ID_CORE && code == -libc::EPIPE {
                    to_error.state().lost = Some(io::Error::from_raw_os_error(libc::EPIPE).to_string());
                    to_error.wake();
                    to_error.changed.notify_all();
                }
            })
            .register();
        let (listener, core, context) = (Some(listener), Some(core), Some(context));
        let connection = Self { listener, core, context, thread_loop, events };
        connection.thread_loop.start();
        Ok(connection)
    }

    /// Takes the loop's lock: no callback runs until it is given back.
    pub fn lock(&self) -> ThreadLoopLockGuard<'_> {
        self.thread_loop.lock()
    }

    /// The daemon, to make objects of; hold the lock.
    pub fn core(&self) -> &CoreRc {
        self.core.as_ref().expect("it is there until the connection is dropped")
    }

    /// What the callbacks tell.
    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }

    /// Whether the daemon is gone.
    pub fn is_lost(&self) -> bool {
        self.events.state().lost.is_some()
    }

    /// The daemon's version, once it has answered.
    pub fn version(&self) -> Option<String> {
        self.events.state().version.clone()
    }

    /// Waits until the daemon has done all that it was asked for, and its events have arrived. Not for the live
    /// loop.
    ///
    /// # Errors
    /// [`PipeWireError::NoDaemon`] after `patience`, or if the daemon is gone.
    pub fn round_trip(&self, patience: Duration) -> Result<(), PipeWireError> {
        let no_daemon = |reason: String| PipeWireError::NoDaemon { reason };
        let guard = self.lock();
        let asked = self.core().sync(0).map_err(|error| no_daemon(error.to_string()))?.seq();
        drop(guard);
        let end = Instant::now() + patience;
        let mut state = self.events.state();
        while state.done != asked {
            if let Some(words) = &state.lost {
                return Err(no_daemon(words.clone()));
            }
            let rest = end.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Err(no_daemon(format!("not within {} seconds", patience.as_secs())));
            }
            let waited = self.events.changed.wait_timeout(state, rest);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.thread_loop.stop();
        self.listener.take();
        self.core.take();
        self.context.take();
    }
}

/// The library's functions report errors as errno.
fn os_reason(error: &pipewire::Error) -> String {
    match error {
        pipewire::Error::CreationFailed => io::Error::last_os_error().to_string(),
        error => error.to_string(),
    }
}
