use super::state::PersonBox;
use crate::{
    Size,
    gpu::{Bind, Extent, Mask, Plane, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `second_look.wgsl`.
    Params {
        frame: [f32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "second_look", ["sample"], [16, 4], Params);

/// `mask`, over a frame of size `frame`, mixed inside the person's box with `close`, which is over the box.
pub fn second_look(
    rec: &mut Recorder<'_>,
    mask: &Plane<Mask>,
    close: &Plane<Mask>,
    person: &PersonBox,
    frame: Size,
) -> Plane<Mask> {
    let seen = rec.plane("seen twice", mask.size);
    let params = Params { frame: [frame.width as f32, frame.height as f32] };
    let bindings: [&dyn Bind; 5] = [mask, close, &person.values, &seen, &person.agreed];
    rec.dispatch_with(&SHADER, &params, &bindings, Extent::Each(mask.size));
    seen
}
