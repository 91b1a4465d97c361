// The room without the person, at a quarter of the frame's size.
// in:  YUYV words of the frame; alphas
// out: mean of w R'G'B', 0..w, and of w over 4x4 pixels, w = (1 - alpha)^4   (PICTURE step 9)
// At the right and lower edge the mean is of the pixels that exist. It is taken of the codes: the way to R'G'B' is linear.

struct Params {
    coding: Coding,
    frame: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var room: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<uniform> params: Params;

// The sums of w Y', w Cb, w Cr and w of one word; nothing beyond the edge.
fn word(at: vec2u, words: vec2u) -> vec4f {
    let i = min(at.y, words.y - 1u) * words.x + min(at.x, words.x - 1u);
    let codes = bytes_of(yuyv[i]);
    let behind = 1.0 - unpack2x16unorm(alpha[i]);
    let square = behind * behind;
    let weight = select(vec2f(0.0), square * square, all(at < words));
    let both = weight.x + weight.y;
    return vec4f(dot(weight, codes.xz), both * codes.yw, both);
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
    let mean = sum / f32(2u * count.x * count.y);
    let colour = rgb_from_codes(params.coding, mean.xyz / max(mean.w, 1e-9));
    textureStore(room, id.xy, vec4f(mean.w * clamp(colour, vec3f(0.0), vec3f(1.0)), mean.w));
}
