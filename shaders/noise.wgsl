// The camera's noise, learnt from frame to frame; and the last frame's luma, kept for the next.
// in:  guide, Y' in the fourth channel; the last frame's Y'
// out: state: [0] noise n as a share of full scale, [1] frames seen; last: this frame's Y'
//      n = max(1/1024, .8 n + .2 mean(min(|Y' - last Y'|, 3 n)) / 1.128), from .004   (PICTURE step 8)
// The floor matters: a camera that repeats a frame would else drive n to 0 for good. 1.128 is the mean
// difference of two samples of a normal distribution of deviation 1.

const START = 0.004;

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> last: array<f32>;
@group(0) @binding(2) var<storage, read_write> state: array<f32>;

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let size = textureDimensions(guide);
    let texels = size.x * size.y;
    let seen = state[1];
    let n = select(START, state[0], seen > 0.0);
    var sum = 0.0;
    for (var i = lane; i < texels; i += THREADS) {
        let y = textureLoad(guide, vec2u(i % size.x, i / size.x), 0).w;
        sum += min(abs(y - last[i]), 3.0 * n);
        last[i] = y;
    }
    let total = sum_of_lanes(lane, sum);
    if lane == 0u {
        let learnt = max(1.0 / 1024.0, 0.8 * n + 0.2 * (total / f32(texels)) / 1.128);
        state[0] = select(START, learnt, seen > 0.0);
        state[1] = min(seen + 1.0, 1e6);
    }
}
