//! A camera as an input like any other: `--camera 0 --output x.y4m`.

use std::time::{Duration, Instant};

use super::{Camera, Miss};
use crate::{
    Error, Result,
    video::{Source, VideoFormat, sys},
};

/// The time after which a silent camera has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Frames of a camera, as fast as they come and are taken.
#[derive(Debug)]
pub struct CameraSource {
    camera: Camera,
    left: Option<u64>,
}

impl CameraSource {
    /// Starts the camera; it gives `frames`, or frames without end.
    ///
    /// # Errors
    /// [`Error::Camera`].
    pub fn start(mut camera: Camera, frames: Option<u64>) -> Result<Self> {
        camera.start()?;
        Ok(Self { camera, left: frames })
    }
}

impl Source for CameraSource {
    fn format(&self) -> VideoFormat {
        self.camera.format()
    }

    fn frames(&self) -> Option<u64> {
        self.left
    }

    fn next(&mut self) -> Result<Option<&[u8]>> {
        if let Some(left) = &mut self.left {
            let Some(less) = left.checked_sub(1) else { return Ok(None) };
            *left = less;
        }
        let path = self.camera.path().to_owned();
        let fail = |reason: String| Error::Camera { path: path.clone(), reason };
        let start = Instant::now();
        // Two calls a frame at most: one to find it there, one to lend it (a loan cannot leave a loop).
        loop {
            let Some(rest) = PATIENCE.checked_sub(start.elapsed()) else {
                return Err(fail("no picture came in 5 seconds; unplug it and plug it in again".into()));
            };
            let mut wait = [sys::Wait::to_read(self.camera.fd())];
            sys::poll(&mut wait, rest).map_err(|e| fail(format!("{e}; try again")))?;
            let [wait] = wait;
            if wait.has_failed() {
                return Err(fail("it was unplugged; plug it in and try again".into()));
            }
            if wait.is_ready() && self.camera.advance(&fail)? {
                return Ok(self.camera.current());
            }
        }
    }
}

impl Camera {
    fn advance(&mut self, fail: &dyn Fn(String) -> Error) -> Result<bool> {
        match self.newest() {
            Ok(_) => Ok(true),
            Err(Miss::NotYet { .. }) => Ok(false),
            Err(Miss::Gone(e)) => Err(fail(format!("{e}; plug it in again and try again"))),
        }
    }

    /// The picture that [`Camera::newest`] found last.
    fn current(&self) -> Option<&[u8]> {
        let stream = self.stream.as_ref()?;
        match self.layout.is_yuyv() {
            true => stream.buffers.bytes(stream.lent?).map(|bytes| &bytes[..self.format.size.yuyv_bytes()]),
            false => Some(&stream.frame),
        }
    }
}
