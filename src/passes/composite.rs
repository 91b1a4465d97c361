use super::{
    backdrop::Backdrop,
    frame::{Alpha, Frame},
    strips::{Strips, interleave, strips},
};
use crate::{
    Size,
    gpu::{Bind, Coding, Extent, Recorder, tuning::PassTuning},
    uniform,
};

uniform! {
    /// The `Params` of `composite.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        texels: [u32; 2],
        side: u32,
        tall: u32,
        strips: u32,
        interleave: u32,
    }
}

pub(super) const SHADER: Strips = strips!("composite", ["colour"], ["pixels", "spline"], [16, 4], Params);

/// The person over `backdrop`, packed to YUYV.
pub fn composite(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha, backdrop: &Backdrop) -> Frame {
    let (plane, side) = (&backdrop.plane, backdrop.side);
    let packed = rec.storage("packed", frame.words.bytes);
    // Fewer strips for larger texels: in a large frame every row is another page of memory (llvmpipe idiom
    // 14).
    let PassTuning { composite_rows, composite_pixels, .. } = rec.gpu().tuning().passes;
    let (tall, each) = (side.min(composite_rows), (composite_pixels / (side * side)).max(1));
    let rows = frame.size.height.div_ceil(tall * each);
    let params = Params {
        coding: frame.coding,
        frame: frame.size.into(),
        texels: plane.size.into(),
        side,
        tall,
        strips: each,
        interleave: interleave(rec.gpu(), rows),
    };
    let pixels = Strips::pixels(rec.gpu(), frame.size);
    let shader = if pixels == 8 { &SHADER.vec4 } else { &SHADER.scalar };
    let threads = Size::new(frame.size.width / pixels, rows);
    let bindings: [&dyn Bind; 4] = [&frame.words, &alpha.words, plane, &packed];
    rec.dispatch_with(shader, &params, &bindings, Extent::Each(threads));
    frame.with(packed)
}
