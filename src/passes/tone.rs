use super::{
    frame::{Frame, FrameParams},
    strips::{Strips, strips},
};
use crate::{
    Size,
    gpu::{Bind, Extent, Recorder, Storage},
};

pub(super) const SHADER: Strips = strips!("tone", ["colour"], ["pixels", "tone"], [32, 1], FrameParams);

/// The frame in another light: `light` holds the gains of R', G' and B', f32, as [`super::meter()`] makes them.
pub fn tone(rec: &mut Recorder<'_>, frame: &Frame, light: &Storage) -> Frame {
    let packed = rec.storage("toned", frame.words.bytes);
    let pixels = Strips::pixels(rec.gpu(), frame.size);
    let shader = if pixels == 8 { &SHADER.vec4 } else { &SHADER.scalar };
    let threads = Size::new(frame.size.width / pixels, frame.size.height);
    let bindings: [&dyn Bind; 3] = [&frame.words, light, &packed];
    rec.dispatch_with(shader, &FrameParams::from(frame), &bindings, Extent::Each(threads));
    frame.with(packed)
}
