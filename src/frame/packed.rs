//! A finished frame in the packings that outputs want: YUYV always, NV12 on request.

use super::{Size, slate};

impl Size {
    /// Bytes of one NV12 picture of this size: height rows of luma, then half as many rows of Cb Cr pairs, all
    /// without padding. None unless the width is a multiple of 4 (rows of whole words, which is also what
    /// programs without a stride of their own expect) and the height is even (chroma has half the rows).
    #[doc(hidden)]
    pub const fn nv12_bytes(self) -> Option<usize> {
        match self.width.is_multiple_of(4) && self.height.is_multiple_of(2) {
            true => Some(self.area() / 2 * 3),
            false => None,
        }
    }
}

/// A finished frame: packed YUYV, and the same picture as NV12 while an output wants it.
#[derive(Clone, Debug)]
pub struct PackedFrame {
    size: Size,
    /// Packed YUYV, [`Size::yuyv_bytes`] long.
    pub yuyv: Vec<u8>,
    /// Empty unless NV12 is wanted.
    nv12: Vec<u8>,
}

impl PackedFrame {
    /// A frame of this size, in YUYV alone. Its content is zeros, which is no picture that anybody should see.
    pub fn new(size: Size) -> Self {
        Self { size, yuyv: vec![0; size.yuyv_bytes()], nv12: Vec::new() }
    }

    /// Size in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Makes room for NV12, or drops it. A size that NV12 cannot hold stays in YUYV alone.
    pub fn want_nv12(&mut self, wanted: bool) {
        let bytes = self.size.nv12_bytes().filter(|_| wanted);
        self.nv12.resize(bytes.unwrap_or_default(), 0);
    }

    /// The picture as NV12, if the frame holds it. An output that needs it of a frame that does not packs it
    /// with [`pack_nv12`].
    pub fn nv12(&self) -> Option<&[u8]> {
        (!self.nv12.is_empty()).then_some(&self.nv12)
    }

    /// Both packings, to be filled.
    pub fn parts_mut(&mut self) -> (&mut [u8], Option<&mut [u8]>) {
        (&mut self.yuyv, Some(&mut self.nv12[..]).filter(|nv12| !nv12.is_empty()))
    }

    /// Packs NV12 from the YUYV on the CPU, if it is wanted: for processors that make YUYV alone.
    pub fn pack_nv12(&mut self) {
        if !self.nv12.is_empty() {
            pack_nv12(&self.yuyv, self.size, &mut self.nv12);
        }
    }

    /// Fills the frame with black.
    pub fn slate(&mut self) {
        slate(&mut self.yuyv);
        slate_nv12(self.size, &mut self.nv12);
    }
}

/// Packs YUYV as NV12, to the byte what `shaders/passes/nv12.wgsl` makes of it: luma keeps its bytes, chroma is
/// the mean of two rows, halves upwards.
///
/// # Panics
/// If the size cannot be NV12, or a slice has another length.
pub fn pack_nv12(yuyv: &[u8], size: Size, nv12: &mut [u8]) {
    assert_eq!(
        (yuyv.len(), Some(nv12.len())),
        (size.yuyv_bytes(), size.nv12_bytes()),
        "{size} in YUYV and NV12"
    );
    let (luma, chroma) = nv12.split_at_mut(size.area());
    for (luma, pair) in luma.chunks_exact_mut(2).zip(yuyv.chunks_exact(4)) {
        luma.copy_from_slice(&[pair[0], pair[2]]);
    }
    let row = size.width as usize;
    for (chroma, rows) in chroma.chunks_exact_mut(row).zip(yuyv.chunks_exact(4 * row)) {
        let (upper, lower) = rows.split_at(2 * row);
        let chromas = upper.iter().zip(lower).skip(1).step_by(2);
        for (mean, (&upper, &lower)) in chroma.iter_mut().zip(chromas) {
            *mean = (u16::from(upper) + u16::from(lower)).div_ceil(2) as u8;
        }
    }
}

/// Fills a frame of NV12 with the black of [`slate`]: Y 16, Cb and Cr 128.
pub fn slate_nv12(size: Size, nv12: &mut [u8]) {
    let (luma, chroma) = nv12.split_at_mut(size.area().min(nv12.len()));
    luma.fill(16);
    chroma.fill(128);
}
