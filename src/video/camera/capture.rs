//! What every open camera does, whichever system it comes from: V4L2 ([`super::Camera`]) or PipeWire.

use std::{fmt, io, os::fd::BorrowedFd, path::Path, time::Duration};

use super::{BrokenFrame, PixelLayout};
use crate::{Result, video::VideoFormat};

/// A frame from the camera.
#[derive(Debug)]
pub struct CapturedFrame<'a> {
    /// The frame in the format of [`CaptureDevice::layout`]. Borrowed from the driver, except for a decoded JPEG and
    /// frames of PipeWire.
    pub bytes: &'a [u8],
    /// Capture time on the clock of [`sys::now`](crate::sys::now).
    pub at: Duration,
    /// Frames dropped since the last one returned: late, broken or lost by the driver.
    pub dropped: u64,
}

/// Why no frame is available.
#[derive(Debug)]
pub enum CaptureError {
    /// No intact frame has arrived yet: wait for the next.
    NotYet {
        /// Broken frames since the last one returned.
        dropped: u64,
        /// What is wrong with the last of them.
        broken: Option<BrokenFrame>,
    },
    /// The camera is gone or must be reopened.
    Gone(io::Error),
}

/// An open camera. Its indicator light is on from [`CaptureDevice::start`] until it is dropped.
pub trait CaptureDevice: fmt::Debug + Send {
    /// Its name in messages: the path of its node, or pipewire:NAME.
    fn path(&self) -> &Path;

    /// Size, rate and colorimetry of its frames.
    fn format(&self) -> VideoFormat;

    /// Layout of its frames; none if they are packed YUYV in limited range, as decoded JPEGs are.
    fn layout(&self) -> Option<PixelLayout>;

    /// Starts streaming.
    ///
    /// # Errors
    /// [`DeviceError::Camera`](crate::DeviceError::Camera).
    fn start(&mut self) -> Result<()>;

    /// The descriptor to poll, readable when a frame is available.
    fn fd(&self) -> BorrowedFd<'_>;

    /// The newest frame, borrowed until the next call. Older ones are dropped.
    ///
    /// # Errors
    /// [`CaptureError::NotYet`] if there is no new frame, [`CaptureError::Gone`] if the camera failed.
    fn newest(&mut self) -> Result<CapturedFrame<'_>, CaptureError>;

    /// The frame that [`CaptureDevice::newest`] returned last, borrowed until its next call.
    fn current(&self) -> Option<&[u8]>;

    /// Whether it reports the state of a shutter.
    fn has_shutter(&self) -> bool {
        false
    }

    /// Whether its shutter is closed, as far as it reports that.
    fn is_shutter_closed(&self) -> bool {
        false
    }

    /// The name of the control by which it halves its rate in dim light, if it has one and that is on.
    fn exposure_priority(&self) -> Option<String> {
        None
    }
}

/// Opens a camera again that was unplugged or hangs.
pub trait Reopen: fmt::Debug + Send {
    /// The same camera, if it is there, and what the user should know about it.
    ///
    /// # Errors
    /// [`DeviceError::Camera`](crate::DeviceError::Camera).
    fn reopen(&self) -> Result<(Box<dyn CaptureDevice>, Option<crate::Error>)>;
}
