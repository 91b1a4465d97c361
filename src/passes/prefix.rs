use crate::{
    Size,
    gpu::{Over, Plane, Recorder, Shader, Soft, Storage},
    shader,
};

pub(super) const SHADER: Shader = shader!("prefix", [], [64, 1], ());

/// Running sums along the rows of a weighted picture, in linear light: `width + 1` times four f32 a row.
pub fn prefix(rec: &mut Recorder<'_>, picture: &Plane<Soft>) -> Storage {
    let Size { width, height } = picture.size;
    let sums = rec.storage("sums", 16 * u64::from(width + 1) * u64::from(height));
    rec.dispatch(&SHADER, &[picture, &sums], Over::Each(Size::new(SHADER.workgroup[0], height)));
    sums
}
