// Alpha at the frame's size from the guided solve, steadied in time.
// in:  YUYV words of the frame; coefficients at mask size; the change since the last frame; the noise
// out: two 16-bit alphas 0..1 for each YUYV word:  ss(0, 1, q); history: q of this frame, for the next
//      q = A.I' + b, I' the 3x3 binomial of the frame (PICTURE step 6), mixed with the last frame's q as far as
//      the camera's noise explains their difference (step 7): no lag where anything moves

struct Params {
    coding: Coding,
    frame: vec2u,
    steady: u32,   // 0: each frame for itself
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var coefficients: texture_2d<f32>;
@group(0) @binding(2) var change: texture_2d<f32>;
@group(0) @binding(3) var<storage, read> noise: array<f32>;
@group(0) @binding(4) var<storage, read_write> history: array<u32>; // (q + 1/2) / 2 in 16 bits, two a word
@group(0) @binding(5) var<storage, read_write> alpha: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

// The share of the last frame's q.
fn kept(q: f32, last: f32, slope: f32, n: f32, d: f32) -> f32 {
    let difference = abs(smoothstep(0.0, 1.0, q) - smoothstep(0.0, 1.0, last));
    let z = difference / (5.8 * n * slope + 0.05);
    let still = 1.0 - smoothstep(2.0 * n + 0.004, 5.0 * n + 0.010, d);
    return 0.75 * (1.0 - smoothstep(1.0, 2.0, z)) * still;
}

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
    var q = vec2f(dot(line.a.rgb, smooth_a) + line.a.a, dot(line.b.rgb, smooth_b) + line.b.a);
    let i = id.y * words.x + id.x;
    if params.steady == 1u {
        if noise[1] > 1.5 { // the second frame and later: there is a history
            let n = noise[0];
            let d = seen_by_pair(change, id.xy, params.frame);
            let last = 2.0 * unpack2x16unorm(history[i]) - 0.5;
            let k = vec2f(
                kept(q.x, last.x, length(line.a.rgb), n, d.a.r),
                kept(q.y, last.y, length(line.b.rgb), n, d.b.r),
            );
            q = mix(q, last, k);
        }
        history[i] = pack2x16unorm(0.5 * clamp(q, vec2f(-0.5), vec2f(1.5)) + 0.25);
    }
    alpha[i] = pack2x16unorm(smoothstep(vec2f(0.0), vec2f(1.0), q));
}
