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
    // Rows 1 2 1 and columns 1 2 1: the pair needs one pixel more to either side.
    var smooth_a = vec3f(0.0);
    var smooth_b = vec3f(0.0);
    for (var k = 0u; k < 3u; k++) {
        let y = min(max(id.y + k, 1u) - 1u, last.y);
        let row = y * words.x;
        let here = unpack_pair(params.coding, yuyv[row + id.x]);
        var left = here.a;
        var right = here.b;
        if id.x > 0u { left = unpack_pair(params.coding, yuyv[row + id.x - 1u]).b; }
        if id.x < last.x { right = unpack_pair(params.coding, yuyv[row + id.x + 1u]).a; }
        let weight = select(1.0, 2.0, k == 1u) / 16.0;
        smooth_a += weight * (left + 2.0 * here.a + here.b);
        smooth_b += weight * (here.a + 2.0 * here.b + right);
    }
    let size = textureDimensions(coefficients);
    let line_a = bilinear(coefficients, place(vec2u(2u * id.x, id.y), params.frame, size));
    let line_b = bilinear(coefficients, place(vec2u(2u * id.x + 1u, id.y), params.frame, size));
    let q = vec2f(dot(line_a.rgb, smooth_a) + line_a.a, dot(line_b.rgb, smooth_b) + line_b.a);
    alpha[id.y * words.x + id.x] = pack2x16unorm(smoothstep(vec2f(0.0), vec2f(1.0), q));
}
