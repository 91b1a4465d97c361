//! poll(2).

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd},
    time::Duration,
};

/// `struct pollfd` with a borrowed descriptor.
#[derive(Clone, Copy, Debug)]
pub struct PollFd<'a> {
    /// The descriptor.
    pub fd: BorrowedFd<'a>,
    /// Events to wait for: `POLLIN`, `POLLPRI`, … of libc.
    pub events: i16,
    /// Events that occurred.
    pub revents: i16,
}

impl<'a> PollFd<'a> {
    /// Waits until the descriptor is readable.
    pub fn to_read(fd: BorrowedFd<'a>) -> Self {
        Self { fd, events: libc::POLLIN, revents: 0 }
    }

    /// Waits for an event of the driver.
    pub fn for_event(fd: BorrowedFd<'a>) -> Self {
        Self { fd, events: libc::POLLPRI, revents: 0 }
    }

    /// Whether an awaited event occurred.
    pub fn is_ready(&self) -> bool {
        self.revents & self.events != 0
    }

    /// Whether the device is gone or does not stream.
    pub fn has_failed(&self) -> bool {
        self.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0
    }
}

/// poll(2): returns after an event, a signal or the timeout.
///
/// # Errors
/// What poll(2) reports, except EINTR.
pub fn poll(fds: &mut [PollFd<'_>], timeout: Duration) -> io::Result<()> {
    let mut list: Vec<_> =
        fds.iter().map(|p| libc::pollfd { fd: p.fd.as_raw_fd(), events: p.events, revents: 0 }).collect();
    // Rounded up: waking a millisecond early would cost a turn without work.
    let timeout = timeout.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(i32::MAX);
    // SAFETY: the list has `len` elements, and its descriptors are borrowed during the call.
    let count = unsafe { libc::poll(list.as_mut_ptr(), list.len() as libc::nfds_t, timeout) };
    if count < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
    }
    fds.iter_mut().zip(&list).for_each(|(fd, polled)| fd.revents = polled.revents);
    Ok(())
}
