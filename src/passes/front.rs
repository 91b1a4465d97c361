use super::people::KeptPerson;
use crate::{
    gpu::{Bind, Extent, Mask, Plane, Recorder, Rgb, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("passes", "front", ["owners"], [16, 16], ());

/// The mask of the one person who is kept: `classes` come from [`super::people()`] in the same frame. `guide`
/// is the frame at any size.
pub fn front(
    rec: &mut Recorder<'_>,
    mask: &Plane<Mask>,
    guide: &Plane<Rgb>,
    classes: &Storage,
    person: &KeptPerson,
) -> Plane<Mask> {
    let kept = rec.plane("kept", mask.size);
    let KeptPerson { memory, owners } = person;
    let bindings: [&dyn Bind; 6] = [mask, guide, classes, memory, owners, &kept];
    rec.dispatch(&SHADER, &bindings, Extent::Each(mask.size));
    kept
}
