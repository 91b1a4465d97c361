// Exposure gain: how much brighter the model wants the frame.
// in:  guide, Y' in the fourth channel
// out: one f32, 1..4:  clamp(.45 / (mean Y' + .001), 1, 4)
// One workgroup adds in a fixed order, so the same frame always gives the same gain.

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> gain: array<f32>;

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let size = textureDimensions(guide);
    let texels = size.x * size.y;
    var sum = 0.0;
    for (var i = lane; i < texels; i += THREADS) {
        sum += textureLoad(guide, vec2u(i % size.x, i / size.x), 0).w;
    }
    let total = sum_of_lanes(lane, sum);
    if lane == 0u {
        gain[0] = clamp(0.45 / (total / f32(texels) + 0.001), 1.0, 4.0);
    }
}
