use super::{
    frame::Frame,
    strips::{Strips, strips},
};
use crate::{
    Size,
    gpu::{Extent, Recorder},
    uniform,
};

uniform! {
    /// The `Params` of `halve.wgsl` and `enlarge.wgsl`.
    Params {
        frame: [u32; 2],
        half: [u32; 2],
    }
}

pub(super) const SHADER: Strips = strips!("halve", [], [], [32, 1], Params);

/// Half of a frame's size, rounded up to whole YUYV words and rows.
pub fn half_of(frame: Size) -> Size {
    Size::new(2 * frame.width.div_ceil(4), frame.height.div_ceil(2))
}

/// The frame at half its size: the mean of gamma-coded codes.
pub fn halve(rec: &mut Recorder<'_>, frame: &Frame) -> Frame {
    let half = half_of(frame.size);
    let words = rec.storage("halved", half.yuyv_bytes() as u64);
    let (shader, words_each) = SHADER.for_half(frame.size);
    let params = Params { frame: frame.size.into(), half: half.into() };
    rec.dispatch_with(shader, &params, &[&frame.words, &words], Extent::Blocks(half, [2 * words_each, 1]));
    Frame { words, size: half, ..frame.clone() }
}
