//! Shaders over strips of a frame, and how their rows are spread over threads.

use super::frame::Frame;
use crate::{
    Size,
    gpu::{Coding, Extent, Gpu, Shader},
    uniform,
};

/// A shader over strips of a frame, for rows of whole fours of words and for any: see `lib/vec4.wgsl`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strips {
    pub(super) vec4: Shader,
    pub(super) scalar: Shader,
}

impl Strips {
    /// What runs over a frame that sees a plane of size `seen`, so many strips to a thread, one below the other.
    pub(super) fn over(&self, frame: Size, seen: Size, each: u32) -> (&Shader, Extent) {
        (self.for_frame(frame), Extent::Strips { frame, words: Self::pixels(frame) / 2, seen, each })
    }

    /// What runs over a frame.
    pub(super) fn for_frame(&self, frame: Size) -> &Shader {
        if Self::is_vec4(frame) { &self.vec4 } else { &self.scalar }
    }

    /// Pixels of a row that a strip of a frame has.
    pub(super) fn pixels(frame: Size) -> u32 {
        if Self::is_vec4(frame) { 8 } else { 2 }
    }

    /// Whether its rows are whole fours of words.
    pub(super) fn is_vec4(frame: Size) -> bool {
        frame.width.is_multiple_of(8)
    }

    /// What runs over the half of a frame, and how many of its words a thread takes.
    pub(super) fn for_half(&self, frame: Size) -> (&Shader, u32) {
        if frame.width.is_multiple_of(16) { (&self.vec4, 4) } else { (&self.scalar, 1) }
    }
}

/// Texels of a row of a mask that a strip of words sees: `columns` in `lib/strip.wgsl`.
pub(super) fn columns_per_strip(frame: Size, mask: Size) -> u32 {
    2 + (mask.width * (Strips::pixels(frame) - 1)).div_ceil(frame.width)
}

/// What the numbers of `rows` of workgroups are multiplied by, modulo `rows`, where some rows have more to do than
/// others: llvmpipe gives each of its threads one part of a dispatch, and so all of them some of every part of the
/// picture. It and `rows` have no common divisor, so that every row is done once.
pub(super) fn interleave(gpu: &Gpu, rows: u32) -> u32 {
    let divides_both = |by: u32| (2..=by).any(|n| rows.is_multiple_of(n) && by.is_multiple_of(n));
    // From the golden section on: its multiples are spread most evenly.
    let candidates = (1..=rows * 618 / 1000).rev();
    if gpu.is_software() { candidates.into_iter().find(|&by| !divides_both(by)).unwrap_or(1) } else { 1 }
}

uniform! {
    /// What the passes over strips need: the codes' meaning, the size, and the texels of what is seen.
    StripParams {
        coding: Coding,
        frame: [u32; 2],
        texels: [u32; 2],
    }
}

impl StripParams {
    pub(super) fn new(frame: &Frame, seen: Size) -> Self {
        Self { coding: frame.coding, frame: frame.size.into(), texels: seen.into() }
    }
}
