// The frame at mask size, which guides the mask; and what is to be known of it as a whole.
// in:  YUYV words of the frame; the last frame's Y'; the camera's noise n
// out: [h,w] R'G'B' gamma-coded, not clamped, area-averaged, and |Y' - last Y'| beside it, Y' = (.299,.587,.114).R'G'B'
//      last: this frame's Y'; sums: of Y' and of min(|Y' - last Y'|, 3 n) in each workgroup   (PICTURE steps 1, 8)

const THREADS = 256u;

struct Params {
    coding: Coding,
    frame: vec2u,
    texels: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read_write> last: array<f32>;
@group(0) @binding(2) var<storage, read> noise: vec2f;
@group(0) @binding(3) var guide: texture_storage_2d<rgba32float, write>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(16, 16)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let size = params.texels;
    let inside = all(id.xy < size);
    let at = min(id.xy, size - 1u);
    let rgb = area_mean(params.coding, params.frame, at, size);
    let y = dot(rgb, vec3f(0.299, 0.587, 0.114));
    let i = at.y * size.x + at.x;
    let change = abs(y - last[i]);
    let own = vec2f(y, min(change, 3.0 * noise_before(noise)));
    let sum = sum_of_lanes(lane, select(vec2f(0.0), own, inside));
    if lane == 0u { sums[group.y * groups.x + group.x] = sum; }
    if inside {
        textureStore(guide, at, vec4f(rgb, change));
        last[i] = y;
    }
}
