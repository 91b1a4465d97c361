use crate::{
    Size,
    gpu::{self, Extent, Plane, Recorder, Shader, Storage},
    model::OutputDecoding,
    shader, uniform,
};

uniform! {
    /// The `Params` of `softmax.wgsl`.
    Params {
        channels: u32,
        person: u32,
        kind: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "softmax", ["person"], [16, 4], Params);

/// Person probability 0..1 from the model's output, f32 `[1, h, w, channels]`, of `size` w × h.
pub fn softmax(
    rec: &mut Recorder<'_>,
    output: &Storage,
    size: Size,
    channels: u32,
    person: OutputDecoding,
) -> Plane<gpu::Mask> {
    let probability = rec.plane("probability", size);
    let (kind, person) = match person {
        OutputDecoding::Probability => (0, 0),
        OutputDecoding::Logit => (1, 0),
        OutputDecoding::Softmax { channel } => (2, channel),
        OutputDecoding::Background { channel } => (3, channel),
    };
    let params = rec.uniform(SHADER.name, Params { channels, person, kind });
    rec.dispatch(&SHADER, &[output, &probability, &params], Extent::Each(size));
    probability
}
