// The small picture, exposed, as the model's input; and what the guide's sums say of the frame.
// in:  [h,w] R'G'B' gamma-coded; the guide's sums of Y' and of its clipped change, one for each of its workgroups
// out: [h,w] R, G, B, 0: scale * clamp(gain * R'G'B', 0, 1) + offset, gain = clamp(.45 / (mean Y' + .001), 1, 4)
//      noise: n = max(1/1024, .8 n + .2 mean(min(|Y' - last Y'|, 3 n)) / 1.128), from .004   (PICTURE steps 2, 8)
// Nothing is learnt from a first frame. The floor matters: a camera that repeats a frame would else drive n to 0 for good. 1.128 is the mean difference of
// two samples of a normal distribution of deviation 1. Each workgroup adds the sums for itself: it saves a dispatch.

const THREADS = 64u;
const ROWS = 4u; // of a thread

struct Params {
    scale: f32,
    offset: f32,
    texels: f32,   // of the guide
    auto_gain: u32,
}

@group(0) @binding(0) var small: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> sums: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> noise: vec2f;
@group(0) @binding(3) var input: texture_storage_2d<rgba32float, write>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    var sum = vec2f(0.0);
    for (var i = lane; i < arrayLength(&sums); i += THREADS) { sum += sums[i]; }
    let mean = sum_of_lanes(lane, sum) / params.texels;
    let size = textureDimensions(small);
    let gain = select(1.0, clamp(0.45 / (mean.x + 0.001), 1.0, 4.0), params.auto_gain == 1u);
    for (var row = 0u; row < ROWS; row++) {
        let at = vec2u(id.x, ROWS * id.y + row);
        let value = params.scale * clamp(gain * textureLoad(small, at).rgb, vec3f(0.0), vec3f(1.0)) + params.offset;
        if all(at < size) { textureStore(input, at, vec4f(value, 0.0)); }
    }
    if all(group.xy == vec2u(0u)) && lane == 0u {
        let n = noise_before(noise);
        let learnt = max(1.0 / 1024.0, 0.8 * n + 0.2 * mean.y / 1.128);
        noise = vec2f(select(n, learnt, noise.y > 0.0), min(noise.y + 1.0, 1e6));
    }
}
