//! What a virtual camera of PipeWire shows, in the packing that its consumers agreed on.

use crate::{
    Size,
    frame::{
        self, copies,
        packed::{pack_nv12, slate_nv12},
    },
};

/// What is to be shown.
#[derive(Clone, Copy)]
pub enum Picture<'a> {
    Slate,
    /// A frame's packed YUYV, and the same as NV12 if it was packed.
    Frame(&'a [u8], Option<&'a [u8]>),
}

impl Picture<'_> {
    /// Writes it into a buffer of YUY2 or NV12.
    pub fn write(self, memory: &mut [u8], size: Size, is_nv12: bool) {
        match (self, is_nv12) {
            (Self::Slate, false) => frame::slate(memory),
            (Self::Slate, true) => slate_nv12(size, memory),
            (Self::Frame(yuyv, _), false) => copies::copy(yuyv, memory),
            (Self::Frame(_, Some(nv12)), true) => copies::copy(nv12, memory),
            (Self::Frame(yuyv, None), true) => pack_nv12(yuyv, size, memory),
        }
    }
}

/// Bytes of a frame, and of one of its rows.
pub fn layout(size: Size, is_nv12: bool) -> (usize, usize) {
    let width = size.width as usize;
    match size.nv12_bytes().filter(|_| is_nv12) {
        Some(bytes) => (bytes, width),
        None => (size.yuyv_bytes(), 2 * width),
    }
}
