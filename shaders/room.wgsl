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

// The sums of one word; nothing beyond the edge.
fn word(at: vec2u, words: vec2u) -> vec4f {
    let i = min(at.y, words.y - 1u) * words.x + min(at.x, words.x - 1u);
    let pair = unpack_pair(params.coding, yuyv[i]);
    let behind = 1.0 - unpack2x16unorm(alpha[i]);
    let square = behind * behind;
    let weight = select(vec2f(0.0), square * square, all(at < words));
    return weighted(pair.a, weight.x) + weighted(pair.b, weight.y);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= textureDimensions(room)) { return; }
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    let first = vec2u(2u * id.x, 4u * id.y);
    let sum = word(first, words) + word(first + vec2u(1u, 0u), words)
        + word(first + vec2u(0u, 1u), words) + word(first + vec2u(1u, 1u), words)
        + word(first + vec2u(0u, 2u), words) + word(first + vec2u(1u, 2u), words)
        + word(first + vec2u(0u, 3u), words) + word(first + vec2u(1u, 3u), words);
    let count = min(words - first, vec2u(2u, 4u));
    textureStore(room, id.xy, sum / f32(2u * count.x * count.y));
}
