// The exposure gain of the model's input, and the estimate of the camera's noise, from the guide's sums.
// in:  for each workgroup of the guide: the sums of Y' and of its clipped change
// out: exposure: (gain, scale, offset, bound): the model's input is scale * clamp(gain R'G'B', 1 - bound,
//      bound) + offset with bound 1 and gain = clamp(.45 / (mean Y' + .001), 1, 4) (docs/PICTURE.md, step 2);
//      see lib/exposed.wgsl
//      noise: (n, frames seen): n = max(1/1024, .8 n + .2 mean(min(|Y' - last Y'|, 3 n)) / 1.128), at first
//      .004 (step 8)
// A first frame teaches nothing. Without the floor, a camera that repeats a frame would drive n to 0 for
// good. 1.128 is the mean difference of two samples of a normal distribution of deviation 1.

const THREADS = 64u;

struct Params {
    scale: f32,
    offset: f32,
    texels: f32,   // of the guide
    auto_gain: u32,
}

@group(0) @binding(0) var<storage, read> sums: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> noise: vec2f;
@group(0) @binding(2) var<storage, read_write> exposure: vec4f;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    var sum = vec2f(0.0);
    for (var i = lane; i < arrayLength(&sums); i += THREADS) { sum += sums[i]; }
    let mean = sum_of_lanes(lane, sum) / params.texels;
    if lane == 0u {
        let gain = select(1.0, clamp(0.45 / (mean.x + 0.001), 1.0, 4.0), params.auto_gain == 1u);
        exposure = vec4f(gain, params.scale, params.offset, 1.0);
        let n = noise_before(noise);
        let learnt = max(1.0 / 1024.0, 0.8 * n + 0.2 * mean.y / 1.128);
        noise = vec2f(select(n, learnt, noise.y > 0.0), min(noise.y + 1.0, 1e6));
    }
}
