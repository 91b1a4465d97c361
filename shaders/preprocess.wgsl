// The frame, area-averaged to the model's size.
// in:  YUYV words of the frame
// out: [h,w] R'G'B' gamma-coded, not clamped; black outside `content`

struct Params {
    coding: Coding,
    frame: vec2u,          // pixels
    content_at: vec2u,     // where in the small picture the frame lies
    content_size: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var small: texture_storage_2d<rgba32float, write>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= textureDimensions(small)) { return; }
    let at = id.xy - params.content_at; // wraps to something large left of and above the content
    var rgb = vec3f(0.0);
    if all(at < params.content_size) {
        rgb = area_mean(params.coding, params.frame, at, params.content_size);
    }
    textureStore(small, id.xy, vec4f(rgb, 1.0));
}
