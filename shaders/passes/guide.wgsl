// The frame at mask size, which guides the mask, and sums over it for the exposure gain and the camera's
// noise.
// in:  YUYV words of the frame; the last frame's Y'; the camera's noise n
// out: guide [h,w]: R'G'B' gamma-coded, not clamped, area-averaged; |Y' - last Y'| in the fourth channel,
//      with Y' = (.299,.587,.114).R'G'B'   (docs/PICTURE.md, steps 1 and 8)
//      last: this frame's Y', rows padded to whole vec4s
//      sums: for each workgroup, of Y' and of min(|Y' - last Y'|, 3 n)
// A thread makes four texels of a row (lib/area.wgsl) from strips of one or four words (U, F:
// lib/vec4.wgsl).

const THREADS = 64u;

struct Params {
    coding: Coding,
    frame: vec2u,
    texels: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read_write> last: array<vec4f>;
@group(0) @binding(2) var<storage, read> noise: vec2f;
@group(0) @binding(3) var guide: texture_storage_2d<rgba32float, write>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(5) var<uniform> params: Params;

// Stores four texels of a row, some of which may lie beyond its end, and returns their sums of Y' and of
// clipped change.
fn put_four(at: vec2u, rgb: array<vec3f, TEXELS>, limit: f32) -> vec2f {
    if at.x >= params.texels.x || at.y >= params.texels.y { return vec2f(0.0); }
    let weights = vec3f(0.299, 0.587, 0.114);
    let luma = vec4f(dot(rgb[0], weights), dot(rgb[1], weights), dot(rgb[2], weights), dot(rgb[3], weights));
    let i = (at.y * ((params.texels.x + 3u) / 4u)) + at.x / 4u;
    let change = abs(luma - last[i]);
    last[i] = luma;
    put(at, vec4f(rgb[0], change.x));
    put(at + vec2u(1u, 0u), vec4f(rgb[1], change.y));
    put(at + vec2u(2u, 0u), vec4f(rgb[2], change.z));
    put(at + vec2u(3u, 0u), vec4f(rgb[3], change.w));
    let inside = select(vec4f(0.0), vec4f(1.0), vec4u(at.x) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.texels.x));
    return vec2f(dot(inside, luma), dot(inside, min(change, vec4f(limit))));
}

fn put(at: vec2u, texel: vec4f) {
    if at.x < params.texels.x { textureStore(guide, at, texel); }
}

@compute @workgroup_size(8, 8)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let limit = 3.0 * noise_before(noise);
    let row = i32(min(id.y, params.texels.y - 1u));
    let rgb = area_means(params.coding, params.frame, vec2i(TEXELS * i32(id.x), row), params.texels);
    let at = vec2u(u32(TEXELS) * id.x, id.y);
    let sum = sum_of_lanes(lane, put_four(at, rgb, limit));
    if lane == 0u { sums[group.y * groups.x + group.x] = sum; }
}
