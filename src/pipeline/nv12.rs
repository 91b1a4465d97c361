//! The finished picture as NV12, for outputs that want it.

use crate::{
    gpu::{Gpu, Recorder, Recording, Storage},
    passes::{self, Frame},
};

/// Packs one picture as NV12. Other effects draw into another buffer, and need another one of these.
#[derive(Debug)]
pub(super) struct Nv12 {
    /// The words that it reads.
    picture: Storage,
    pub(super) recording: Recording,
    /// The bytes that it writes.
    pub(super) packed: Storage,
}

impl Nv12 {
    /// None if the frame's size cannot be NV12.
    pub(super) fn record(gpu: &Gpu, frame: Frame) -> Option<Self> {
        let mut rec = Recorder::new(gpu);
        let packed = passes::nv12(&mut rec, &frame)?;
        Some(Self { picture: frame.words, recording: rec.finish(), packed })
    }

    /// Whether it reads this picture.
    pub(super) fn packs(&self, picture: &Storage) -> bool {
        (&self.picture.buffer, self.picture.offset) == (&picture.buffer, picture.offset)
    }
}
