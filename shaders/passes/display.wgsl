// A frame as a window draws it.
// in:  yuyv: one word for each pair of pixels
// out: shown: gamma-coded R'G'B' 0..1 in 8 bits each, nothing transparent; a pair's pixels share its chroma

struct Params {
    coding: Coding,
    frame: vec2u,   // pixels
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var shown: texture_storage_2d<rgba8unorm, write>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let pair = unpack_pair(params.coding, yuyv[id.y * words.x + id.x]);
    let at = vec2u(2u * id.x, id.y);
    textureStore(shown, at, vec4f(pair.a, 1.0));
    textureStore(shown, at + vec2u(1u, 0u), vec4f(pair.b, 1.0));
}
