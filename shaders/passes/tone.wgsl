// The frame in another light.
// in:  YUYV words; light: gains of R', G' and B' (meter.wgsl)
// out: YUYV words of f(R'), f(G'), f(B') with the curve f of lib/tone.wgsl; not clamped before, so codes beyond
//      black and white go on
// Gains of 1 keep every byte. A thread takes one or four words (U, F: lib/vec4.wgsl).

struct Params {
    coding: Coding,
    frame: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> light: array<f32, 12>;
@group(0) @binding(2) var<storage, read_write> packed: array<U>;
@group(0) @binding(3) var<storage, read> params: Params;

fn all_toned(colours: Colours) -> Colours {
    return Colours(toned(colours.r, light[0]), toned(colours.g, light[1]), toned(colours.b, light[2]));
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / (2u * WORDS);
    if id.x >= width || id.y >= params.frame.y { return; }
    let i = id.y * width + id.x;
    let bytes = yuyv[i];
    packed[i] = packed_pairs(params.coding, all_toned(left_of(params.coding, bytes)), all_toned(right_of(params.coding, bytes)));
}
