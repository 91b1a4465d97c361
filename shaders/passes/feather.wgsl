// Softens alpha's edge: one direction of a Gaussian blur.
// in:  alpha: two 16-bit unorms 0..1 for each YUYV word; kernel[radius + i] is the weight of the pixel i away
// out: the same, blurred along `along`; edges clamped

struct Params {
    frame: vec2u,
    along: vec2i,   // (1,0) or (0,1)
    radius: i32,
    padding: i32,
}

@group(0) @binding(0) var<storage, read> alpha: array<u32>;
@group(0) @binding(1) var<storage, read> kernel: array<f32>;
@group(0) @binding(2) var<storage, read_write> blurred: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

fn value(at: vec2i) -> f32 {
    let to = clamp(at, vec2i(0), vec2i(params.frame) - 1);
    let pair = unpack2x16unorm(alpha[u32(to.y) * (params.frame.x / 2u) + u32(to.x) / 2u]);
    return select(pair.x, pair.y, to.x % 2 == 1);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let at = vec2i(i32(2u * id.x), i32(id.y));
    var sum = vec2f(0.0);
    for (var i = -params.radius; i <= params.radius; i++) {
        let tap = at + i * params.along;
        sum += kernel[params.radius + i] * vec2f(value(tap), value(tap + vec2i(1, 0)));
    }
    blurred[id.y * words.x + id.x] = pack2x16unorm(sum);
}
