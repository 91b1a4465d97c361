//! A finished frame in the packings that outputs want: YUYV always, NV12 on request.

use std::fmt;

use super::{Size, copies, slate};

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
#[derive(Debug)]
pub struct PackedFrame {
    size: Size,
    wants_nv12: bool,
    memory: Memory,
}

#[derive(Debug)]
enum Memory {
    /// The frame's own; empty until it is filled.
    Own { yuyv: Vec<u8>, nv12: Vec<u8> },
    /// YUYV, then NV12 if there is more.
    Lent(Box<dyn LentBytes>),
}

/// A finished frame's bytes where the GPU left them. Reading them calls no driver. Dropping them may: the thread that
/// works with the GPU does that.
pub trait LentBytes: fmt::Debug + Send + Sync {
    /// The bytes.
    fn bytes(&self) -> &[u8];

    /// Whether the GPU was lost since: the bytes must not be read any more.
    fn is_lost(&self) -> bool;
}

impl Clone for PackedFrame {
    /// In memory of its own.
    fn clone(&self) -> Self {
        copies::count();
        let (yuyv, nv12) = (self.yuyv().to_vec(), self.nv12().unwrap_or_default().to_vec());
        Self { memory: Memory::Own { yuyv, nv12 }, ..*self }
    }
}

impl PackedFrame {
    /// A frame of this size, in YUYV alone, without any picture yet.
    pub fn new(size: Size) -> Self {
        Self { size, wants_nv12: false, memory: Memory::Own { yuyv: Vec::new(), nv12: Vec::new() } }
    }

    /// Size in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Makes room for NV12, or drops it. A size that NV12 cannot hold stays in YUYV alone.
    pub fn want_nv12(&mut self, wanted: bool) {
        self.wants_nv12 = wanted && self.size.nv12_bytes().is_some();
        if let Memory::Own { nv12, .. } = &mut self.memory {
            nv12.clear();
        }
    }

    /// Whether NV12 is wanted, and its size can be NV12.
    pub fn wants_nv12(&self) -> bool {
        self.wants_nv12
    }

    /// Bytes of NV12, if that is wanted.
    fn nv12_bytes(&self) -> usize {
        self.size.nv12_bytes().filter(|_| self.wants_nv12).unwrap_or_default()
    }

    /// Bytes of what is wanted: YUYV, then NV12.
    pub fn bytes(&self) -> usize {
        self.size.yuyv_bytes() + self.nv12_bytes()
    }

    /// Packed YUYV, [`Size::yuyv_bytes`] long; empty before there is any picture.
    pub fn yuyv(&self) -> &[u8] {
        match &self.memory {
            Memory::Own { yuyv, .. } => yuyv,
            Memory::Lent(lent) => &lent.bytes()[..self.size.yuyv_bytes()],
        }
    }

    /// The picture as NV12, if the frame holds it. An output that needs it of a frame that does not packs it
    /// with [`pack_nv12`].
    pub fn nv12(&self) -> Option<&[u8]> {
        let nv12 = match &self.memory {
            Memory::Own { nv12, .. } => nv12,
            Memory::Lent(lent) => &lent.bytes()[self.size.yuyv_bytes()..],
        };
        Some(nv12).filter(|nv12| !nv12.is_empty())
    }

    /// Both packings in memory of the frame's own, to be filled.
    pub fn parts_mut(&mut self) -> (&mut [u8], Option<&mut [u8]>) {
        self.give_back();
        let nv12_bytes = self.nv12_bytes();
        let Memory::Own { yuyv, nv12 } = &mut self.memory else { unreachable!("it was given back") };
        yuyv.resize(self.size.yuyv_bytes(), 0);
        nv12.resize(nv12_bytes, 0);
        (yuyv, Some(&mut nv12[..]).filter(|nv12| !nv12.is_empty()))
    }

    /// Shows these bytes: YUYV, followed by NV12 if that is wanted.
    ///
    /// # Panics
    /// If they are of another length.
    pub fn lend(&mut self, lent: Box<dyn LentBytes>) {
        assert_eq!(lent.bytes().len(), self.bytes(), "the bytes of a frame of {}", self.size);
        self.memory = Memory::Lent(lent);
    }

    /// Gives back what was lent. The frame has no picture then.
    pub fn give_back(&mut self) {
        if let Memory::Lent(_) = self.memory {
            self.memory = Memory::Own { yuyv: Vec::new(), nv12: Vec::new() };
        }
    }

    /// Whether its bytes are lent.
    pub fn is_lent(&self) -> bool {
        matches!(self.memory, Memory::Lent(_))
    }

    /// Whether its bytes went with a lost GPU.
    pub fn is_lost(&self) -> bool {
        matches!(&self.memory, Memory::Lent(lent) if lent.is_lost())
    }

    /// Packs NV12 from the YUYV on the CPU, if it is wanted: for processors that make YUYV alone.
    pub fn pack_nv12(&mut self) {
        let size = self.size;
        if let (yuyv, Some(nv12)) = self.parts_mut() {
            pack_nv12(yuyv, size, nv12);
        }
    }

    /// Fills the frame with black.
    pub fn slate(&mut self) {
        let size = self.size;
        let (yuyv, nv12) = self.parts_mut();
        slate(yuyv);
        nv12.into_iter().for_each(|nv12| slate_nv12(size, nv12));
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
    copies::count();
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
