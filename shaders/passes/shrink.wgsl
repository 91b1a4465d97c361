// Alpha of a frame at a smaller size: the mean over the area of each pixel.
// in:  alpha: two 16-bit unorms 0..1 for each YUYV word of the frame
// out: small: the same for the smaller one

struct Params {
    frame: vec2u,   // pixels
    small: vec2u,
}

@group(0) @binding(0) var<storage, read> alpha: array<u32>;
@group(0) @binding(1) var<storage, read_write> small: array<u32>;
@group(0) @binding(2) var<storage, read> params: Params;

// The mean under a pixel of the smaller frame. In units of 1/small of a pixel, all edges are whole numbers.
fn mean(at: vec2u) -> f32 {
    let first = at * params.frame;
    let end = first + params.frame;
    var sum = 0.0;
    for (var y = first.y / params.small.y; y * params.small.y < end.y; y++) {
        let height = min(end.y, (y + 1u) * params.small.y) - max(first.y, y * params.small.y);
        for (var x = first.x / params.small.x; x * params.small.x < end.x; x++) {
            let width = min(end.x, (x + 1u) * params.small.x) - max(first.x, x * params.small.x);
            let pair = unpack2x16unorm(alpha[y * (params.frame.x / 2u) + x / 2u]);
            sum += f32(width * height) * select(pair.x, pair.y, (x & 1u) == 1u);
        }
    }
    return sum / f32(params.frame.x * params.frame.y);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.small.x / 2u, params.small.y);
    if any(id.xy >= words) { return; }
    let a = mean(vec2u(2u * id.x, id.y));
    let b = mean(vec2u(2u * id.x + 1u, id.y));
    small[id.y * words.x + id.x] = pack2x16unorm(vec2f(a, b));
}
