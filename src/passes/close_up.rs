use super::{frame::Frame, state::PersonBox};
use crate::{
    Size,
    gpu::{Bind, Coding, Extent, Plane, Recorder, Rgb, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `close_up.wgsl`.
    Params {
        coding: Coding,
        frame: [u32; 2],
        padding: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "close_up", ["colour"], [16, 4], Params);

/// The person's box, area-averaged to `size`: R'G'B' 0..1, brightened by the gain of `exposure`.
pub fn close_up(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    person: &PersonBox,
    exposure: &Storage,
    size: Size,
) -> Plane<Rgb> {
    let small = rec.plane("close-up", size);
    let params = Params { coding: frame.coding, frame: frame.size.into(), padding: [0; 2] };
    let bindings: [&dyn Bind; 4] = [&frame.words, &person.values, exposure, &small];
    rec.dispatch_with(&SHADER, &params, &bindings, Extent::Each(size));
    small
}
