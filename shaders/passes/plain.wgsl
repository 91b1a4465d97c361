// Alpha at the frame's size without refinement: the model's probability, bilinear.
// in:  probability 0..1 at mask size
// out: alpha: two 16-bit unorms 0..1 for each YUYV word

struct Params {
    frame: vec2u,
}

@group(0) @binding(0) var probability: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> alpha: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let size = textureDimensions(probability);
    let a = bilinear(probability, place(vec2u(2u * id.x, id.y), params.frame, size)).r;
    let b = bilinear(probability, place(vec2u(2u * id.x + 1u, id.y), params.frame, size)).r;
    alpha[id.y * words.x + id.x] = pack2x16unorm(clamp(vec2f(a, b), vec2f(0.0), vec2f(1.0)));
}
