//! The format of a pipeline's input, and how it becomes the YUYV words that every pass reads.

use crate::{
    Colorimetry, FrameError, Size,
    frame::layout::{PixelLayout, RangeTables},
    gpu::{Recorder, Storage},
    passes::{self, Frame},
};

/// The format of the frames that come in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputFormat {
    /// Their size.
    pub size: Size,
    /// How their bytes lie in memory; `None` for packed YUYV.
    pub layout: Option<PixelLayout>,
    /// What the codes mean. Where a layout is unpacked its own range is converted, so this range is then limited.
    pub colorimetry: Colorimetry,
}

impl InputFormat {
    /// Packed YUYV.
    pub fn yuyv(size: Size, colorimetry: Colorimetry) -> Self {
        Self { size, layout: None, colorimetry }
    }

    /// Bytes of a frame.
    pub fn bytes(&self) -> usize {
        self.layout.map_or(self.size.yuyv_bytes(), |layout| layout.bytes())
    }

    /// Refuses a size or layout that no frame can have.
    ///
    /// # Errors
    /// [`FrameError::Size`].
    #[doc(hidden)]
    pub fn check(self) -> Result<Self, FrameError> {
        let size = self.size.check_frame()?;
        match self.layout {
            Some(layout) if layout.size != size || layout.plane_layouts().is_none() => {
                Err(FrameError::Size { size, why: "is not what its layout lays out" })
            }
            _ => Ok(self),
        }
    }

    /// Refuses bytes that are not one frame long.
    ///
    /// # Errors
    /// [`FrameError::Bytes`].
    #[doc(hidden)]
    pub fn check_bytes(&self, bytes: &[u8]) -> Result<(), FrameError> {
        let right = bytes.len() == self.bytes();
        right.then_some(()).ok_or(FrameError::Bytes { size: self.size, got: bytes.len() })
    }

    /// Records how a frame's bytes become YUYV words. Returns where the bytes go, and the frame.
    pub(crate) fn record(&self, rec: &mut Recorder<'_>) -> (Storage, Frame) {
        // wgpu copies whole words.
        let bytes = rec.storage("bytes", self.bytes().next_multiple_of(4) as u64);
        let unpacked = self.layout.and_then(|layout| passes::unpack(rec, &bytes, &layout, self.colorimetry));
        let frame = unpacked.unwrap_or_else(|| Frame::new(bytes.clone(), self.size, self.colorimetry));
        (bytes, frame)
    }

    /// Unpacks `bytes` into `yuyv` on the CPU, for a pipeline that only copies.
    ///
    /// # Errors
    /// [`FrameError::Bytes`].
    pub(crate) fn copy(&self, bytes: &[u8], yuyv: &mut [u8]) -> Result<(), FrameError> {
        self.check_bytes(bytes)?;
        let Some(layout) = self.layout else {
            yuyv.copy_from_slice(bytes);
            return Ok(());
        };
        let wrong = |_| FrameError::Bytes { size: self.size, got: bytes.len() };
        layout.unpack(&RangeTables::from_range(layout.range), bytes, yuyv).map_err(wrong)
    }
}

impl From<Size> for InputFormat {
    /// Packed YUYV of this size, in V4L2's own colorimetry.
    fn from(size: Size) -> Self {
        Self::yuyv(size, Colorimetry::default())
    }
}
