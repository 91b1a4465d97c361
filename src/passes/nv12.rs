use super::frame::Frame;
use crate::{
    gpu::{Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `nv12.wgsl`.
    Params {
        frame: [u32; 2],
        padding: [u32; 2],
    }
}

pub(super) const SHADER: Shader = shader!("passes", "nv12", [], [32, 2], Params);

/// The frame as NV12, for outputs; none if its size cannot be NV12
/// ([`Size::nv12_bytes`](crate::Size::nv12_bytes)).
pub fn nv12(rec: &mut Recorder<'_>, frame: &Frame) -> Option<Storage> {
    let packed = rec.storage(SHADER.name, frame.size.nv12_bytes()? as u64);
    let params = rec.uniform(SHADER.name, Params { frame: frame.size.into(), padding: [0; 2] });
    rec.dispatch(&SHADER, &[&frame.words, &packed, &params], Extent::Blocks(frame.size, [4, 2]));
    Some(packed)
}
