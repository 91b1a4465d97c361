// The room without the person, at a quarter of the frame's size.
// in:  YUYV words of the frame; alphas
// out: mean of w R'G'B' and of w over 4x4 pixels, w = (1 - alpha)^4   (PICTURE step 9)
// At the right and lower edge the mean is of the pixels that exist.

struct Params {
    coding: Coding,
    frame: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var room: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<uniform> params: Params;

fn weighted(rgb: vec3f, weight: f32) -> vec4f {
    return vec4f(rgb * weight, weight);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= textureDimensions(room)) { return; }
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    let first = vec2u(2u * id.x, 4u * id.y);
    let end = min(first + vec2u(2u, 4u), words);
    var sum = vec4f(0.0);
    for (var y = first.y; y < end.y; y++) {
        for (var x = first.x; x < end.x; x++) {
            let i = y * words.x + x;
            let pair = unpack_pair(params.coding, yuyv[i]);
            let behind = 1.0 - unpack2x16unorm(alpha[i]);
            let square = behind * behind;
            let weight = square * square;
            sum += weighted(pair.a, weight.x) + weighted(pair.b, weight.y);
        }
    }
    let count = 2u * (end.x - first.x) * (end.y - first.y);
    textureStore(room, id.xy, sum / f32(count));
}
