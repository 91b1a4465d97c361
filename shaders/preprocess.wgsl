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
    // The box of the frame that this texel covers, in units of 1/content_size of a pixel: all whole numbers.
    let unit = params.content_size;
    let lo = at * params.frame;
    let hi = lo + params.frame;
    let first = lo / unit;
    let end = (hi + unit - 1u) / unit;
    var codes = vec3f(0.0);
    for (var y = first.y; y < end.y; y++) {
        let height = f32(min(hi.y, (y + 1u) * unit.y) - max(lo.y, y * unit.y));
        for (var pair = first.x / 2u; 2u * pair < end.x; pair++) {
            let bytes = bytes_of(yuyv[y * (params.frame.x / 2u) + pair]);
            let left = clamp(vec2u(2u * pair, 2u * pair + 1u) * unit.x, vec2u(lo.x), vec2u(hi.x));
            let right = clamp(vec2u(2u * pair + 1u, 2u * pair + 2u) * unit.x, vec2u(lo.x), vec2u(hi.x));
            let width = vec2f(right - left);
            codes += height * vec3f(dot(width, bytes.xz), (width.x + width.y) * bytes.yw);
        }
    }
    codes /= f32(params.frame.x) * f32(params.frame.y);
    let rgb = clamp(rgb_from_codes(params.coding, codes), vec3f(0.0), vec3f(1.0));
    textureStore(small, id.xy, vec4f(rgb, dot(rgb, vec3f(0.299, 0.587, 0.114))));
}
