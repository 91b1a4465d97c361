use crate::{
    gpu::{Coded, Over, Person, Plane, Recorder, Shader, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("change", [], [16, 4], ());

/// How much luma changed since the `last` frame, 0..1, mean of 3×3 texels of the guide.
pub fn change(rec: &mut Recorder<'_>, guide: &Plane<Coded>, last: &Storage) -> Plane<Person> {
    let change = rec.plane("change", guide.size);
    rec.dispatch(&SHADER, &[guide, last, &change], Over::Each(guide.size));
    change
}
