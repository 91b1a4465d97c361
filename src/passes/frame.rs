//! The camera's frame and its alpha on the GPU.

use crate::{
    Colorimetry, Size,
    gpu::{Coding, Recorder, Storage},
    uniform,
};

/// A frame on the GPU as YUYV words: one u32 for each pair of pixels, bytes Y0 Cb Y1 Cr, first byte lowest.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The words, row by row.
    pub words: Storage,
    /// Size in pixels.
    pub size: Size,
    /// Matrix and range of the codes.
    pub colorimetry: Colorimetry,
    /// The same as shaders read it.
    pub coding: Coding,
}

impl Frame {
    /// The frame in `words`.
    pub fn new(words: Storage, size: Size, colorimetry: Colorimetry) -> Self {
        Self { words, size, colorimetry, coding: colorimetry.into() }
    }

    /// Another picture of the same size and colorimetry, in `words`.
    pub fn with(&self, words: Storage) -> Self {
        Self { words, ..self.clone() }
    }
}

/// How much of each pixel is person, 0..1: two 16-bit unorms for each YUYV word, the left pixel in the lower
/// half.
#[derive(Clone, Debug)]
pub struct Alpha {
    /// One word for each YUYV word of the frame.
    pub words: Storage,
    /// Size in pixels.
    pub size: Size,
}

/// A buffer for alpha: two 16-bit unorms for each YUYV word.
pub(super) fn alpha_buffer(rec: &Recorder<'_>, size: Size) -> Storage {
    rec.storage("alpha", size.yuyv_bytes() as u64)
}

uniform! {
    /// Parameters of most passes at the frame's size: the coding and the size.
    FrameParams {
        coding: Coding,
        frame: [u32; 2],
        padding: [u32; 2],
    }
}

impl From<&Frame> for FrameParams {
    fn from(frame: &Frame) -> Self {
        Self { coding: frame.coding, frame: frame.size.into(), padding: [0; 2] }
    }
}

impl From<Size> for [u32; 2] {
    fn from(size: Size) -> Self {
        [size.width, size.height]
    }
}
