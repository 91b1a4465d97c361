// The mean colour of each block of the picture, over the pixels to hide.
// in:  YUYV words of the picture; alpha
// out: one texel for each block: mean R'G'B' 0..1, gamma-coded, with the weights (1 - kept)^4
//      (docs/PICTURE.md, step 9), where kept is alpha if the background is hidden, 1 - alpha if the person
//      is, 0 if all is; black where nothing is hidden
// A workgroup takes one block.

struct Params {
    coding: Coding,
    frame: vec2u,
    side: u32,     // pixels along a side of a block
    target_index: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var blocks: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<storage, read> params: Params;

const THREADS = 64u;

var<workgroup> sums: array<vec4f, THREADS>;

fn weighed(colour: vec3f, a: f32) -> vec4f {
    let square = target_share(params.target_index, a) * target_share(params.target_index, a);
    return vec4f(colour, 1.0) * square * square;
}

@compute @workgroup_size(64, 1)
fn main(@builtin(workgroup_id) block: vec3u, @builtin(local_invocation_index) lane: u32) {
    let first = params.side * block.xy;
    let end = min(first + params.side, params.frame);
    let words = vec2u((end.x + 1u) / 2u - first.x / 2u, end.y - first.y);
    var sum = vec4f(0.0);
    for (var k = lane; k < words.x * words.y; k += THREADS) {
        let word = vec2u(first.x / 2u + k % words.x, first.y + k / words.x);
        let i = word.y * (params.frame.x / 2u) + word.x;
        let pair = unpack_pair(params.coding, yuyv[i]);
        let a = unpack2x16unorm(alpha[i]);
        // A block may begin or end within a word.
        if 2u * word.x >= first.x { sum += weighed(pair.a, a.x); }
        if 2u * word.x + 1u < end.x { sum += weighed(pair.b, a.y); }
    }
    sums[lane] = sum;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half { sums[lane] += sums[lane + half]; }
    }
    if lane == 0u {
        let all = sums[0];
        textureStore(blocks, block.xy, select(vec4f(0.0), vec4f(all.rgb / all.a, 1.0), all.a > 0.0));
    }
}
