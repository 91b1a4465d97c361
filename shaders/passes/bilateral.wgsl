// Alpha at the frame's size by Volcomix's joint bilateral filter, for comparison, with its flaws.
// in:  YUYV words of the frame; probability 0..1 at mask size
// out: alpha: two 16-bit unorms 0..1 for each YUYV word, ss(.5, .75, sum w m / sum w)
// Source: Volcomix's virtual-background: taps -s + offset, + step, ... <= s both ways, nearest fetches, the
// mask in 8 bits.

struct Params {
    coding: Coding,
    frame: vec2u,
    taps: u32,        // taps along an axis
    first: f32,       // first tap, in pixels
    step: f32,        // pixels from tap to tap
    space: f32,       // 1 / (2 (4 sigma^2 + 1e-6)), sigma in UV
    colour: f32,      // 1 / (2 (4 0.1^2 + 1e-6))
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var probability: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> alpha: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

fn pixel(at: vec2u) -> vec3f {
    let pair = unpack_pair(params.coding, yuyv[at.y * (params.frame.x / 2u) + at.x / 2u]);
    return select(pair.a, pair.b, at.x % 2u == 1u);
}

fn filtered(at: vec2u) -> f32 {
    let size = vec2f(params.frame);
    let mask_size = vec2f(textureDimensions(probability));
    let own = pixel(at);
    var sum = 0.0;
    var weights = 0.0;
    for (var j = 0u; j < params.taps; j++) {
        for (var i = 0u; i < params.taps; i++) {
            let d = params.first + params.step * vec2f(f32(i), f32(j));
            let tap = vec2f(at) + 0.5 + d;
            let colour = pixel(vec2u(clamp(floor(tap), vec2f(0.0), size - 1.0))) - own;
            let mask = textureLoad(probability, vec2u(clamp(floor(tap * mask_size / size), vec2f(0.0), mask_size - 1.0)), 0).r;
            let uv = d / size;
            let weight = exp(-dot(uv, uv) * params.space) * exp(-dot(colour, colour) * params.colour);
            sum += weight * (floor(255.0 * mask + 0.5) / 255.0);
            weights += weight;
        }
    }
    return smoothstep(0.5, 0.75, sum / weights);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let at = vec2u(2u * id.x, id.y);
    alpha[id.y * words.x + id.x] = pack2x16unorm(vec2f(filtered(at), filtered(at + vec2u(1u, 0u))));
}
