// A drawing: lines where luma changes, on paper.
// in:  YUYV words of the picture; alpha
// out: YUYV words of mix(paper, ink, strength x slope of luma, 0..1), edges clamped, blended with the picture
//      by the target's share

struct Params {
    coding: Coding,
    frame: vec2u,
    target_index: u32,
    strength: f32,
    ink: vec4f,    // R'G'B' 0..1
    paper: vec4f,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

fn luma_at(at: vec2i) -> f32 {
    let place = vec2u(clamp(at, vec2i(0), vec2i(params.frame) - 1));
    let word = yuyv[(place.y * params.frame.x + place.x) / 2u];
    return f32((word >> (16u * (place.x % 2u))) & 0xffu);
}

fn shade(at: vec2u, colour: vec3f, a: f32) -> vec3f {
    let line = min(params.strength * slope(vec2i(at), params.coding.luma), 1.0);
    return mix(colour, mix(params.paper.rgb, params.ink.rgb, line), target_share(params.target_index, a));
}
