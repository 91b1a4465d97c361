use super::{frame::Frame, room::Room, state::LinearModel};
use crate::{
    gpu::{Bind, Coding, Extent, Mask, Plane, Recorder, Rgb, Shader},
    shader, uniform,
};

uniform! {
    /// The `Params` of `room_edge.wgsl`.
    Params {
        coding: Coding,
    }
}

pub(super) const SHADER: Shader =
    shader!("passes", "room_edge", ["colour", "any_lane", "solve", "room"], [16, 16], Params);

/// The linear model of alpha, at the edge drawn to what the person's colours and the room's say; `mask` is the refined
/// one, and `frame` what the model is for.
pub fn room_edge(
    rec: &mut Recorder<'_>,
    frame: &Frame,
    guide: &Plane<Rgb>,
    mask: &Plane<Mask>,
    model: &LinearModel,
    room: &Room,
) -> LinearModel {
    let edged = rec.plane("edged", mask.size);
    let Room { size, cells, counts, status, .. } = room;
    let bindings: [&dyn Bind; 7] = [guide, mask, &model.coefficients, &edged, cells, counts, status];
    rec.dispatch_with(&SHADER, &Params { coding: frame.coding }, &bindings, Extent::Each(*size));
    LinearModel { coefficients: edged, confidence: model.confidence.clone() }
}
