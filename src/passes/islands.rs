use crate::{
    gpu::{Extent, Mask, Plane, Recorder, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `islands.wgsl`.
    Params {
        least: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "islands", ["join", "label"], [256, 1], Params);

/// The mask without those parts that cover less than `share` (0..1) of it.
pub fn islands(rec: &mut Recorder<'_>, mask: &Plane<Mask>, share: f64) -> Plane<Mask> {
    let texels = mask.size.area();
    let [labels, areas] = ["labels", "areas"].map(|label| rec.storage(label, 4 * texels as u64));
    let kept = rec.plane("kept", mask.size);
    let params = rec.uniform(SHADER.name, Params { least: (share * texels as f64).ceil() as u32 });
    rec.dispatch(&SHADER, &[mask, &labels, &areas, &kept, &params], Extent::Once);
    kept
}
