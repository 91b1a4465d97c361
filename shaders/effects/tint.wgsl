// A veil of one colour over the target.
// in:  YUYV words of the picture; alpha
// out: YUYV words; each pixel's R'G'B' mixed with the colour by strength and the target's share

struct Params {
    coding: Coding,
    frame: vec2u,
    target_index: u32,
    strength: f32,
    colour: vec4f,   // R'G'B' 0..1, and 1
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

fn shade(at: vec2u, colour: vec3f, a: f32) -> vec3f {
    return mix(colour, params.colour.rgb, params.strength * target_share(params.target_index, a));
}
