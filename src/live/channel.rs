//! A message channel for threads that sleep in poll: a queue, and a pipe that wakes the receiver.

use std::{
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    sync::mpsc::{self, TryRecvError},
    time::Duration,
};

use crate::sys::{PollFd, poll};

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Receiver<T> {
    messages: mpsc::Receiver<T>,
    wake: PipeReader,
}

/// The sending end.
#[derive(Debug)]
pub(crate) struct Sender<T> {
    messages: mpsc::Sender<T>,
    wake: PipeWriter,
}

/// Makes a channel.
///
/// # Errors
/// The system's error if it cannot create a pipe.
pub(crate) fn channel<T>() -> io::Result<(Sender<T>, Receiver<T>)> {
    let (queue, wake) = (mpsc::channel(), io::pipe()?);
    Ok((Sender { messages: queue.0, wake: wake.1 }, Receiver { messages: queue.1, wake: wake.0 }))
}

impl<T> Sender<T> {
    /// Sends a message. False if the receiver is gone.
    pub(crate) fn send(&mut self, message: T) -> bool {
        self.messages.send(message).is_ok() && self.wake.write_all(&[1]).is_ok()
    }
}

impl<T> Receiver<T> {
    /// The descriptor to poll; readable while there are messages.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// Returns the next message without waiting, or none if there is none.
    ///
    /// # Errors
    /// The sender is gone and all messages are read.
    pub(crate) fn try_recv(&mut self) -> Result<Option<T>, Disconnected> {
        let mut wait = [PollFd::to_read(self.wake.as_fd())];
        let woken = poll(&mut wait, Duration::ZERO).is_ok() && wait[0].is_ready();
        if woken {
            let _ = self.wake.read(&mut [0]);
        }
        match self.messages.try_recv() {
            Ok(message) => Ok(Some(message)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Disconnected),
        }
    }

    /// Sleeps until there is a message or `timeout` is over.
    pub(crate) fn wait(&self, timeout: Duration) {
        let _ = poll(&mut [PollFd::to_read(self.fd())], timeout);
    }
}

/// The sender is gone.
#[derive(Debug)]
pub(crate) struct Disconnected;
