use super::{Alpha, Frame, FrameParams};
use crate::{
    Size,
    gpu::{Bind, Over, Plane, Recorder, Shader, Soft},
    shader,
};

pub(super) const SHADER: Shader = shader!("room", ["colour"], [16, 4], FrameParams);

/// The room without the person at a quarter of the frame's size, weighted by (1 − alpha)⁴.
pub fn room(rec: &mut Recorder<'_>, frame: &Frame, alpha: &Alpha) -> Plane<Soft> {
    let quarter = Size::new(frame.size.width.div_ceil(4), frame.size.height.div_ceil(4));
    let room = rec.plane("room", quarter);
    let bindings: [&dyn Bind; 3] = [&frame.words, &alpha.words, &room];
    rec.dispatch_with(&SHADER, &FrameParams::from(frame), &bindings, Over::Each(quarter));
    room
}
