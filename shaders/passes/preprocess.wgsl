// The frame, area-averaged to the model's input size.
// in:  YUYV words of the frame
// out: [h,w] R'G'B' gamma-coded, not clamped; black outside `content`
// A thread makes four texels of a row (lib/area.wgsl) from strips of one or four words (U, F:
// lib/vec4.wgsl).

struct Params {
    coding: Coding,
    frame: vec2u,          // pixels
    content_at: vec2u,     // where the frame lies in the small picture
    content_size: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var small: texture_storage_2d<rgba32float, write>;
@group(0) @binding(2) var<uniform> params: Params;

fn put(at: vec2u, rgb: vec3f) {
    if at.x >= textureDimensions(small).x { return; }
    let inside = all(at - params.content_at < params.content_size); // left of and above the content, the difference wraps around
    textureStore(small, at, vec4f(select(vec3f(0.0), rgb, inside), 1.0));
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(small);
    let at = vec2u(u32(TEXELS) * id.x, id.y);
    if any(at >= size) { return; }
    let of_content = vec2i(at) - vec2i(params.content_at);
    let row = clamp(of_content.y, 0, i32(params.content_size.y) - 1);
    let rgb = area_means(params.coding, params.frame, vec2i(of_content.x, row), params.content_size);
    put(at, rgb[0]);
    put(at + vec2u(1u, 0u), rgb[1]);
    put(at + vec2u(2u, 0u), rgb[2]);
    put(at + vec2u(3u, 0u), rgb[3]);
}
