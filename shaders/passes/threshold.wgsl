// Maps alpha through two thresholds.
// in:  alpha: two 16-bit unorms 0..1 for each YUYV word
// out: the same, ss(low, high, alpha): 0 up to `low`, 1 from `high` on
// Source: the coverage pair of Volcomix's virtual-background.

struct Params {
    words: vec2u,
    low: f32,
    high: f32,
}

@group(0) @binding(0) var<storage, read> alpha: array<u32>;
@group(0) @binding(1) var<storage, read_write> covered: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= params.words) { return; }
    let i = id.y * params.words.x + id.x;
    covered[i] = pack2x16unorm(smoothstep(vec2f(params.low), vec2f(params.high), unpack2x16unorm(alpha[i])));
}
