//! Sources of live frames, and a file at its own frame rate as one of them.

use std::{
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

use crate::{
    Error,
    frame::layout::PixelLayout,
    sys::{self, PollFd, poll},
    video::{Fps, Source, VideoFormat},
};

/// What [`LiveSource::next`] returns.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceEvent<'a> {
    /// A frame, lent until the next call.
    Frame {
        /// Bytes in the source's [`layout`](LiveSource::layout).
        bytes: &'a [u8],
        /// When it was captured, on CLOCK_MONOTONIC, as V4L2 stamps frames.
        at: Duration,
        /// Number of frames dropped before it.
        dropped: u64,
    },
    /// No frame yet: another thread woke this one, or a frame was broken.
    Nothing {
        /// Number of broken frames.
        dropped: u64,
    },
    /// The camera is gone, or gives no picture yet. The reason comes the first time only.
    Lost(Option<Error>),
    /// Something the user should know; frames go on.
    Notice(Error),
    /// The camera's shutter was closed or opened. While it is closed, there are no frames.
    Shutter {
        /// Whether it is closed now.
        closed: bool,
    },
    /// There are no more frames.
    Ended,
    /// The input failed for good.
    Failed(Error),
}

/// A source that delivers frames in real time.
pub trait LiveSource: Send {
    /// Size, rate and colorimetry of every frame; they never change.
    fn format(&self) -> VideoFormat;

    /// Layout of a frame's bytes; none for packed YUYV. It may change when a camera comes back. Then
    /// [`LiveSource::next`] returns [`SourceEvent::Nothing`] once, so that the caller reads the new layout
    /// first.
    fn layout(&self) -> Option<PixelLayout> {
        None
    }

    /// Makes the next call of [`LiveSource::next`] open the camera.
    fn open(&mut self) {}

    /// Opens the camera now, after [`LiveSource::open`], so that it starts while the GPU is opened. What fails is
    /// tried again and told by [`LiveSource::next`].
    #[doc(hidden)]
    fn warm_up(&mut self) {}

    /// Closes the camera, which turns its light off.
    fn close(&mut self) {}

    /// From now on, [`LiveSource::next`] waits no longer than this for a camera that is silent or away.
    #[doc(hidden)]
    fn wait_at_most(&mut self, longest: Duration) {
        let _ = longest;
    }

    /// Waits for a frame, or until `wake` is readable.
    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_>;
}

/// A file that delivers each frame when it is due.
pub struct LiveFile {
    source: Box<dyn Source>,
    interval: Duration,
    due: Option<Instant>,
}

impl LiveFile {
    /// Plays at the file's own frame rate, or at 30 frames per second if it has none.
    pub fn new(source: Box<dyn Source>) -> Self {
        let fps = source.format().fps.unwrap_or(Fps::DEFAULT).value();
        Self { source, interval: Duration::from_secs_f64(1.0 / fps), due: None }
    }
}

impl LiveSource for LiveFile {
    fn format(&self) -> VideoFormat {
        self.source.format()
    }

    fn next(&mut self, wake: BorrowedFd<'_>) -> SourceEvent<'_> {
        let due = *self.due.get_or_insert_with(Instant::now);
        let rest = due.saturating_duration_since(Instant::now());
        if !rest.is_zero() {
            let mut wait = [PollFd::to_read(wake)];
            let _ = poll(&mut wait, rest);
            if wait[0].is_ready() || Instant::now() < due {
                return SourceEvent::Nothing { dropped: 0 };
            }
        }
        // After a pause the file continues from now and does not catch up.
        let late = due.elapsed() > 10 * self.interval;
        self.due = Some(if late { Instant::now() } else { due } + self.interval);
        match self.source.next() {
            Ok(Some(bytes)) => SourceEvent::Frame { bytes, at: sys::now(), dropped: 0 },
            Ok(None) => SourceEvent::Ended,
            Err(error) => SourceEvent::Failed(error),
        }
    }
}
