//! A camera as a [`Source`]: `--camera 0 --output x.y4m`.

use std::{
    os::fd::BorrowedFd,
    path::Path,
    time::{Duration, Instant},
};

use super::{
    BrokenFrame, Camera, CaptureDevice, CaptureError, CapturedFrame, PixelFormat, PixelLayout, RangeTables,
};
use crate::{
    DeviceError, DeviceFault, Error, Result,
    frame::copies,
    sys,
    video::{Source, VideoFormat},
};

/// Longest wait for a picture before a camera counts as failed; some need five seconds for the first.
const CAMERA_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after a broken frame, so that a series of them does not keep a core busy.
const BROKEN_FRAME_PAUSE: Duration = Duration::from_millis(5);

/// Frames of a camera, at the pace of the camera and the consumer.
#[derive(Debug)]
pub struct CameraSource {
    camera: Box<dyn CaptureDevice>,
    /// How many frames to read; without end if none.
    frames: Option<u64>,
    read: u64,
    /// The last frame as YUYV, if the camera delivers another format.
    frame: Vec<u8>,
}

impl CameraSource {
    /// Starts the camera. The source ends after `frames`, or never.
    ///
    /// # Errors
    /// [`DeviceError::Camera`].
    pub fn start(mut camera: Box<dyn CaptureDevice>, frames: Option<u64>) -> Result<Self> {
        camera.start()?;
        Ok(Self { camera, frames, read: 0, frame: Vec::new() })
    }
}

impl Source for CameraSource {
    fn format(&self) -> VideoFormat {
        self.camera.format()
    }

    fn frames(&self) -> Option<u64> {
        self.frames
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        if self.frames.is_some_and(|frames| self.read >= frames) {
            return Ok(None);
        }
        self.read += 1;
        let path = self.camera.path().to_owned();
        let fault = |source| Error::Device(DeviceError::Camera { path: path.clone(), source });
        let fail = |reason: String| fault(DeviceFault::Other(reason));
        let start = Instant::now();
        let mut last_broken = None;
        loop {
            let Some(rest) = CAMERA_TIMEOUT.checked_sub(start.elapsed()) else {
                let seconds = CAMERA_TIMEOUT.as_secs();
                return Err(match last_broken {
                    Some(broken) => fault(BrokenFrame::fault(&broken, seconds)),
                    None => {
                        fail(format!("no picture came in {seconds} seconds; unplug it and plug it in again"))
                    }
                });
            };
            let mut wait = [sys::PollFd::to_read(self.camera.fd())];
            sys::poll(&mut wait, rest).map_err(|e| fail(format!("{e}; try again")))?;
            let [wait] = wait;
            if wait.has_failed() {
                return Err(fail("it was unplugged; plug it in and try again".into()));
            }
            if !wait.is_ready() {
                continue;
            }
            match self.camera.newest() {
                Ok(_) => break,
                Err(CaptureError::NotYet { broken: None, .. }) => {}
                Err(CaptureError::NotYet { broken, .. }) => {
                    last_broken = broken;
                    std::thread::sleep(BROKEN_FRAME_PAUSE);
                }
                Err(CaptureError::Gone(e)) => {
                    return Err(fail(format!("{e}; plug it in again and try again")));
                }
            }
        }
        let (layout, Some(bytes)) = (self.camera.layout(), self.camera.current()) else { return Ok(None) };
        let Some(layout) = layout else { return Ok(Some(bytes)) };
        copies::count();
        self.frame.resize(layout.size.yuyv_bytes(), 0);
        let tables = RangeTables::from_range(layout.range).with_matrix(self.format().colorimetry.matrix);
        layout.unpack(&tables, bytes, &mut self.frame).map_err(fail)?;
        Ok(Some(&self.frame))
    }
}

impl Camera {
    /// The frame that [`Camera::newest`] returned last, borrowed until its next call.
    #[doc(hidden)]
    pub fn current(&self) -> Option<&[u8]> {
        let stream = self.stream.as_ref()?;
        match self.layout.pixel_format {
            PixelFormat::Mjpg => Some(&stream.decoded),
            _ if self.interlaced => Some(&stream.decoded),
            _ => {
                let bytes = stream.buffers.bytes(stream.lent?)?;
                Some(&bytes[stream.lent_offset..][..self.layout.bytes()])
            }
        }
    }
}

impl CaptureDevice for Camera {
    fn path(&self) -> &Path {
        Self::path(self)
    }

    fn format(&self) -> VideoFormat {
        Self::format(self)
    }

    fn layout(&self) -> Option<PixelLayout> {
        Self::layout(self)
    }

    fn start(&mut self) -> Result<()> {
        Self::start(self)
    }

    fn fd(&self) -> BorrowedFd<'_> {
        Self::fd(self)
    }

    fn newest(&mut self) -> Result<CapturedFrame<'_>, CaptureError> {
        Self::newest(self)
    }

    fn current(&self) -> Option<&[u8]> {
        Self::current(self)
    }

    fn has_shutter(&self) -> bool {
        Self::has_shutter(self)
    }

    fn is_shutter_closed(&self) -> bool {
        Self::is_shutter_closed(self)
    }

    fn exposure_priority(&self) -> Option<String> {
        Self::exposure_priority(self)
    }
}
