//! Messages between two threads that sleep in poll: a queue, and a pipe that says there is something in it.

use std::{
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    sync::mpsc::{self, Receiver, TryRecvError},
    time::Duration,
};

use crate::video::sys::{Wait, poll};

/// Where letters come out.
#[derive(Debug)]
pub(super) struct Inbox<T> {
    letters: Receiver<T>,
    bell: PipeReader,
}

/// Where letters go in.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    letters: mpsc::Sender<T>,
    bell: PipeWriter,
}

/// A new pair.
pub(super) fn pair<T>() -> io::Result<(Outbox<T>, Inbox<T>)> {
    let (ring, bell) = (mpsc::channel(), io::pipe()?);
    Ok((Outbox { letters: ring.0, bell: bell.1 }, Inbox { letters: ring.1, bell: bell.0 }))
}

impl<T> Outbox<T> {
    /// Sends a letter; false when nobody reads them any more.
    pub(super) fn send(&mut self, letter: T) -> bool {
        self.letters.send(letter).is_ok() && self.bell.write_all(&[1]).is_ok()
    }
}

impl<T> Inbox<T> {
    /// The descriptor to poll for letters.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// The next letter, without waiting.
    ///
    /// # Errors
    /// Where the other side is gone and all letters are read.
    pub(super) fn take(&mut self) -> Result<Option<T>, Gone> {
        let mut wait = [Wait::to_read(self.bell.as_fd())];
        let rung = poll(&mut wait, Duration::ZERO).is_ok() && wait[0].is_ready();
        if rung {
            let _ = self.bell.read(&mut [0]);
        }
        match self.letters.try_recv() {
            Ok(letter) => Ok(Some(letter)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Gone),
        }
    }

    /// Sleeps until there is a letter, or the time is over.
    pub(super) fn wait(&self, timeout: Duration) {
        let _ = poll(&mut [Wait::to_read(self.fd())], timeout);
    }
}

/// The other side is gone.
#[derive(Debug)]
pub(super) struct Gone;
