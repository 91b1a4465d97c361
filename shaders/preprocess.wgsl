// The frame, area-averaged to a small picture.
// in:  YUYV words of the frame
// out: [h,w] R'G'B' 0..1 gamma-coded, Y' = (.299,.587,.114).R'G'B' beside it; black outside `content`
// The average is taken of the codes: the way to R'G'B' is linear, so it is the same and needs one conversion.

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
    if any(at >= params.content_size) {
        textureStore(small, id.xy, vec4f(0.0, 0.0, 0.0, 1.0));
        return;
    }
    // The box of the frame that this texel covers, in pixels.
    let lo = vec2f(at) * vec2f(params.frame) / vec2f(params.content_size);
    let hi = vec2f(at + 1u) * vec2f(params.frame) / vec2f(params.content_size);
    let first = vec2u(lo);
    let end = min(vec2u(ceil(hi)), params.frame);
    var codes = vec3f(0.0);
    var area = 0.0;
    for (var y = first.y; y < end.y; y++) {
        let height = min(hi.y, f32(y) + 1.0) - max(lo.y, f32(y));
        for (var pair = first.x / 2u; 2u * pair < end.x; pair++) {
            let bytes = bytes_of(yuyv[y * (params.frame.x / 2u) + pair]);
            let x = vec2f(f32(2u * pair), f32(2u * pair + 1u));
            let width = max(min(vec2f(hi.x), x + 1.0) - max(vec2f(lo.x), x), vec2f(0.0));
            let weight = height * (width.x + width.y);
            codes += vec3f(height * dot(width, bytes.xz), weight * bytes.yw);
            area += weight;
        }
    }
    let rgb = clamp(rgb_from_codes(params.coding, codes / area), vec3f(0.0), vec3f(1.0));
    textureStore(small, id.xy, vec4f(rgb, dot(rgb, vec3f(0.299, 0.587, 0.114))));
}
