// Alpha at the frame's size from the guided solve.
// in:  YUYV words of the frame; coefficients at mask size
// out: two 16-bit alphas 0..1 for each YUYV word:  ss(0, 1, A.I' + b), I' the 3x3 binomial of the frame
// (PICTURE step 6)

struct Params {
    coding: Coding,
    frame: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var coefficients: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> alpha: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let last = words - 1u;
    // Rows 1 2 1 and columns 1 2 1, in codes: the way to R'G'B' is linear, so it can wait. The pair needs one pixel
    // more to either side, and half of each neighbour's chroma.
    var a = vec3u(0u);
    var b = vec3u(0u);
    for (var k = 0u; k < 3u; k++) {
        let row = min(max(id.y + k, 1u) - 1u, last.y) * words.x;
        let here = codes_of(yuyv[row + id.x]);
        // Beyond the edge the edge pixel is repeated, with the chroma of its pair.
        var left = here.xyxw;
        var right = here.zyzw;
        if id.x > 0u { left = codes_of(yuyv[row + id.x - 1u]); }
        if id.x < last.x { right = codes_of(yuyv[row + id.x + 1u]); }
        let weight = select(1u, 2u, k == 1u);
        a += weight * vec3u(left.z + 2u * here.x + here.z, left.yw + 3u * here.yw);
        b += weight * vec3u(here.x + 2u * here.z + right.x, 3u * here.yw + right.yw);
    }
    let zero = vec3f(0.0);
    let one = vec3f(1.0);
    let smooth_a = clamp(rgb_from_codes(params.coding, vec3f(a) / 16.0), zero, one);
    let smooth_b = clamp(rgb_from_codes(params.coding, vec3f(b) / 16.0), zero, one);
    let line = seen_by_pair(coefficients, id.xy, params.frame);
    let q = vec2f(dot(line.a.rgb, smooth_a) + line.a.a, dot(line.b.rgb, smooth_b) + line.b.a);
    alpha[id.y * words.x + id.x] = pack2x16unorm(smoothstep(vec2f(0.0), vec2f(1.0), q));
}
