//! Wakes a thread that sleeps in poll.

use std::{
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    sync::atomic::{AtomicBool, Ordering},
};

/// A descriptor that is readable from [`Wake::wake`] to [`Wake::clear`].
#[derive(Debug)]
pub struct Wake {
    /// Whether the pipe holds its byte, or gets it in this moment.
    is_awake: AtomicBool,
    reader: PipeReader,
    writer: PipeWriter,
}

impl Wake {
    /// Makes one that sleeps.
    ///
    /// # Errors
    /// The system's error if it cannot create a pipe.
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { is_awake: AtomicBool::new(false), reader, writer })
    }

    /// Makes the descriptor readable. Never blocks: the pipe holds one byte at most.
    pub fn wake(&self) {
        if !self.is_awake.swap(true, Ordering::AcqRel) {
            let _ = (&self.writer).write_all(&[1]);
        }
    }

    /// Makes the descriptor unreadable. Whether it was readable.
    pub fn clear(&self) -> bool {
        let was_awake = self.is_awake.swap(false, Ordering::AcqRel);
        if was_awake {
            let _ = (&self.reader).read(&mut [0]);
        }
        was_awake
    }

    /// The descriptor to poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}
