// For comparison: Volcomix's joint bilateral filter at the frame's size.
// in:  frame R'G'B' 0..1; probability; both in 8 bits
// out: sum w m / sum w in 8 bits, at the frame's size; red
// Source: Volcomix's virtual-background: taps -s + offset, + step, ... <= s both ways, nearest fetches.

struct Params {
    taps: u32,       // taps along an axis
    first: f32,      // first tap, in pixels
    step: f32,       // pixels from tap to tap
    space: f32,      // 1 / (2 (4 sigma^2 + 1e-6)), sigma in UV
    colour: f32,     // 1 / (2 (4 0.1^2 + 1e-6))
    padding_a: f32,
    padding_b: f32,
    padding_c: f32,
}

@group(0) @binding(0) var frame: texture_2d<f32>;
@group(0) @binding(1) var mask: texture_2d<f32>;
@group(0) @binding(2) var refined: texture_storage_2d<rgba8unorm, write>;
@group(0) @binding(3) var<storage, read> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let sides = textureDimensions(frame);
    if any(id.xy >= sides) { return; }
    let size = vec2f(sides);
    let mask_size = vec2f(textureDimensions(mask));
    let own = textureLoad(frame, id.xy, 0).rgb;
    var sum = 0.0;
    var weights = 0.0;
    for (var j = 0u; j < params.taps; j++) {
        for (var i = 0u; i < params.taps; i++) {
            let d = params.first + params.step * vec2f(f32(i), f32(j));
            let tap = vec2f(id.xy) + 0.5 + d;
            let colour = textureLoad(frame, vec2u(clamp(tap, vec2f(0.0), size - 1.0)), 0).rgb - own;
            let m = textureLoad(mask, vec2u(clamp(tap * mask_size / size, vec2f(0.0), mask_size - 1.0)), 0).r;
            let uv = d / size;
            let weight = exp(-dot(uv, uv) * params.space) * exp(-dot(colour, colour) * params.colour);
            sum += weight * m;
            weights += weight;
        }
    }
    textureStore(refined, id.xy, vec4f(sum / weights, 0.0, 0.0, 1.0));
}
