use super::{
    frame::Alpha,
    state::{FollowedRegion, State},
};
use crate::{
    frame::geometry::Framing,
    gpu::{Bind, Extent, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `follow.wgsl`.
    Params {
        whole: [f32; 4],
        frame: [u32; 2],
        closest: f32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "follow", [], [256, 1], Params);

/// Moves `region` after the person in this frame, for the next one. `seconds` holds the f32 time since the
/// frame before; the region becomes up to `closest` times smaller than the framing's. When it moves, the
/// frames that `state` counts start from 0 again.
pub fn follow(
    rec: &mut Recorder<'_>,
    alpha: &Alpha,
    seconds: &Storage,
    region: &FollowedRegion,
    framing: &Framing,
    closest: f64,
    state: &State,
) {
    let whole = framing.region.values();
    let params = Params { whole, frame: alpha.size.into(), closest: closest as f32, padding: 0 };
    let params = rec.uniform(SHADER.name, params);
    let bindings = [&alpha.words, seconds, &region.values, &state.noise, &params];
    rec.dispatch(&SHADER, &bindings.map(|binding| binding as &dyn Bind), Extent::Once);
}
