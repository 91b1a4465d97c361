//! The format of a pipeline's input, and its conversion to the YUYV words that every pass reads.

use crate::{
    Colorimetry, FrameError, Size,
    frame::{
        copies,
        layout::{PixelLayout, RangeTables},
    },
    gpu::{Recorder, Storage},
    passes::{self, Frame},
};

/// The format of a pipeline's input frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputFormat {
    /// Size in pixels.
    pub size: Size,
    /// Memory layout of the bytes; `None` for packed YUYV.
    pub layout: Option<PixelLayout>,
    /// Colorimetry of the YUYV words, and of the output. With a layout, only the matrix counts: the layout has a range of
    /// its own, and unpacking converts to limited range.
    pub colorimetry: Colorimetry,
}

impl InputFormat {
    /// Packed YUYV.
    pub fn yuyv(size: Size, colorimetry: Colorimetry) -> Self {
        Self { size, layout: None, colorimetry }
    }

    /// Number of bytes of a frame.
    pub fn bytes(&self) -> usize {
        self.layout.map_or(self.size.yuyv_bytes(), |layout| layout.bytes())
    }

    /// Refuses an unsupported size, and a layout of another size or of JPEG.
    ///
    /// # Errors
    /// [`FrameError::Size`].
    #[doc(hidden)]
    pub fn check(self) -> Result<Self, FrameError> {
        let size = self.size.check_frame()?;
        match self.layout {
            Some(layout) if layout.size != size || layout.bytes() == 0 => {
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

    /// Records the conversion of a frame's bytes to YUYV words. Returns the buffer to upload into, and the
    /// frame.
    pub(crate) fn record(&self, rec: &mut Recorder<'_>) -> (Storage, Frame) {
        // wgpu copies multiples of four bytes.
        let bytes = Storage::mappable(rec.gpu(), "bytes", self.bytes().next_multiple_of(4) as u64);
        let unpacked = self.layout.and_then(|layout| match layout.pixel_format.is_rgb() {
            true => passes::unpack_rgb(rec, &bytes, &layout, self.colorimetry),
            false => passes::unpack(rec, &bytes, &layout, self.colorimetry),
        });
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
            copies::copy(bytes, yuyv);
            return Ok(());
        };
        copies::count();
        let wrong = |_| FrameError::Bytes { size: self.size, got: bytes.len() };
        let tables = RangeTables::from_range(layout.range).with_matrix(self.colorimetry.matrix);
        layout.unpack(&tables, bytes, yuyv).map_err(wrong)
    }
}

impl From<Size> for InputFormat {
    /// Packed YUYV of this size, in V4L2's default colorimetry for YUYV.
    fn from(size: Size) -> Self {
        Self::yuyv(size, Colorimetry::default())
    }
}
