// For comparison, not part of gpucam's pipeline: the frame as the RGBA picture that a browser would upload.
// in:  YUYV words
// out: R'G'B' 0..1 in 8 bits

struct Params {
    coding: Coding,
    frame: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var frame: texture_storage_2d<rgba8unorm, write>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let pair = unpack_pair(params.coding, yuyv[id.y * words.x + id.x]);
    textureStore(frame, vec2u(2u * id.x, id.y), vec4f(pair.a, 1.0));
    textureStore(frame, vec2u(2u * id.x + 1u, id.y), vec4f(pair.b, 1.0));
}
