//! Shaders over strips of a frame, and how their rows are distributed over threads.

use super::frame::Frame;
use crate::{
    Size,
    gpu::{Coding, Extent, Gpu, Shader},
    uniform,
};

/// A shader over strips of a frame, for rows of whole fours of YUYV words and for any row: see
/// `lib/vec4.wgsl`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strips {
    pub(super) vec4: Shader,
    pub(super) scalar: Shader,
}

/// Both forms of the pass `NAME`: `lib/vec4.wgsl` or `lib/scalar.wgsl` stands between the library files before it and
/// those after it.
macro_rules! strips {
    ($name:literal, [$($before:literal),*], [$($after:literal),*], $workgroup:tt, $uniform:ty) => {
        Strips {
            vec4: $crate::gpu::shader!("passes", $name, [$($before,)* "vec4" $(, $after)*], $workgroup, $uniform),
            scalar: $crate::gpu::shader!("passes", $name, [$($before,)* "scalar" $(, $after)*], $workgroup, $uniform),
        }
    };
}
pub(super) use strips;

impl Strips {
    /// Shader and extent over a frame that samples a plane of size `sampled`, with `strips_per_thread`
    /// strips, one below the other.
    pub(super) fn over(
        &self,
        gpu: &Gpu,
        frame: Size,
        sampled: Size,
        strips_per_thread: u32,
    ) -> (&Shader, Extent) {
        let words = Self::pixels(gpu, frame) / 2;
        let shader = if words == 4 { &self.vec4 } else { &self.scalar };
        (shader, Extent::Strips { frame, words, sampled, strips_per_thread })
    }

    /// The shader for a frame whose strips are as wide as its rows allow.
    pub(super) fn for_frame(&self, frame: Size) -> &Shader {
        if Self::is_vec4(frame) { &self.vec4 } else { &self.scalar }
    }

    /// Pixels of a row in a strip of this frame, as this GPU likes them.
    pub(super) fn pixels(gpu: &Gpu, frame: Size) -> u32 {
        if gpu.tuning().passes.wide_strips && Self::is_vec4(frame) { 8 } else { 2 }
    }

    /// Whether the frame's rows are whole fours of words.
    pub(super) fn is_vec4(frame: Size) -> bool {
        frame.width.is_multiple_of(8)
    }

    /// The shader over the half of a frame, and how many of its words each thread takes.
    pub(super) fn for_half(&self, frame: Size) -> (&Shader, u32) {
        if frame.width.is_multiple_of(16) { (&self.vec4, 4) } else { (&self.scalar, 1) }
    }
}

/// Texels of a row of a mask that the widest strip of this frame samples: `columns` in `lib/strip.wgsl`.
pub(super) fn columns_per_strip(frame: Size, mask: Size) -> u32 {
    let pixels = if Strips::is_vec4(frame) { 8 } else { 2 };
    2 + (mask.width * (pixels - 1)).div_ceil(frame.width)
}

/// A multiplier of row numbers, modulo `rows` of workgroups, that interleaves busy rows over threads
/// (llvmpipe idiom 15). It is coprime with `rows`, so that every row is done once; 1 where rows keep their
/// order.
pub(super) fn interleave(gpu: &Gpu, rows: u32) -> u32 {
    let divides_both = |by: u32| (2..=by).any(|n| rows.is_multiple_of(n) && by.is_multiple_of(n));
    // From the golden section downwards: its multiples are spread most evenly.
    let candidates = (1..=rows * 618 / 1000).rev();
    if gpu.tuning().passes.interleave_rows {
        candidates.into_iter().find(|&by| !divides_both(by)).unwrap_or(1)
    } else {
        1
    }
}

uniform! {
    /// Parameters of passes over strips: the coding, the frame's size, and the size of the sampled plane in
    /// texels.
    StripParams {
        coding: Coding,
        frame: [u32; 2],
        texels: [u32; 2],
    }
}

impl StripParams {
    pub(super) fn new(frame: &Frame, sampled: Size) -> Self {
        Self { coding: frame.coding, frame: frame.size.into(), texels: sampled.into() }
    }
}
