//! What comes into a pipeline, and the words that everything in it begins with.

use crate::{
    Colorimetry, Error, Result, Size,
    gpu::{Recorder, Storage},
    layout::{Codes, Layout},
    passes::{self, Frame},
};

/// Frames that come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intake {
    /// Their size.
    pub size: Size,
    /// How their bytes lie; none where they are packed YUYV.
    pub layout: Option<Layout>,
    /// What the codes mean; of limited range where a layout is unpacked, whatever the range there.
    pub colorimetry: Colorimetry,
}

impl Intake {
    /// Packed YUYV.
    pub fn yuyv(size: Size, colorimetry: Colorimetry) -> Self {
        Self { size, layout: None, colorimetry }
    }

    /// Bytes of a frame.
    pub fn bytes(&self) -> usize {
        self.layout.map_or(self.size.yuyv_bytes(), |layout| layout.bytes())
    }

    /// Refuses what no frame can be.
    ///
    /// # Errors
    /// [`Error::FrameSize`].
    pub fn check(self) -> Result<Self> {
        let size = self.size.check_frame()?;
        match self.layout {
            Some(layout) if layout.size != size || layout.places().is_none() => {
                Err(Error::FrameSize { size, why: "is not what its layout lays out" })
            }
            _ => Ok(self),
        }
    }

    /// Refuses bytes that are no frame.
    ///
    /// # Errors
    /// [`Error::FrameBytes`].
    pub fn check_bytes(&self, bytes: &[u8]) -> Result<()> {
        let right = bytes.len() == self.bytes();
        right.then_some(()).ok_or(Error::FrameBytes { size: self.size, got: bytes.len() })
    }

    /// Records the way from a frame's bytes to its words; both.
    pub(crate) fn record(&self, rec: &mut Recorder<'_>) -> (Storage, Frame) {
        // Copies are of whole words.
        let bytes = rec.storage("bytes", self.bytes().next_multiple_of(4) as u64);
        let unpacked = self.layout.and_then(|layout| passes::unpack(rec, &bytes, &layout, self.colorimetry));
        let frame = unpacked.unwrap_or_else(|| Frame::new(bytes.clone(), self.size, self.colorimetry));
        (bytes, frame)
    }

    /// The same on the CPU, for a frame that stays as it is: fills `yuyv` from `bytes`.
    ///
    /// # Errors
    /// [`Error::FrameBytes`].
    pub(crate) fn copy(&self, bytes: &[u8], yuyv: &mut [u8]) -> Result<()> {
        self.check_bytes(bytes)?;
        let Some(layout) = self.layout else {
            yuyv.copy_from_slice(bytes);
            return Ok(());
        };
        let wrong = |_| Error::FrameBytes { size: self.size, got: bytes.len() };
        layout.unpack(&Codes::of(layout.range), bytes, yuyv).map_err(wrong)
    }
}

impl From<Size> for Intake {
    /// Packed YUYV of this size, in V4L2's own colorimetry.
    fn from(size: Size) -> Self {
        Self::yuyv(size, Colorimetry::default())
    }
}
