// Luma through a colour map.
// in:  YUYV words of the picture; alpha; backdrop: R'G'B' 0..1 of the blurred background; the map's colours,
//      R'G'B' 0..1, evenly spaced from luma 0 to luma 1
// out: YUYV words: the pixel is split into person and background, and the target goes through the map,
//      interpolated linearly between two colours

struct Params {
    coding: Coding,
    frame: vec2u,
    target_index: u32,
    colours: u32,  // number of the map's colours
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var backdrop: texture_2d<f32>;
@group(0) @binding(3) var<storage, read> map: array<f32>;
@group(0) @binding(4) var<storage, read_write> packed: array<u32>;
@group(0) @binding(5) var<storage, read> params: Params;

fn colour_of(i: u32) -> vec3f {
    return vec3f(map[3u * i], map[3u * i + 1u], map[3u * i + 2u]);
}

fn mapped(colour: vec3f) -> vec3f {
    let weights = vec3f(params.coding.kr, 1.0 - params.coding.kr - params.coding.kb, params.coding.kb);
    let at = clamp(dot(colour, weights), 0.0, 1.0) * f32(params.colours - 1u);
    let first = min(u32(at), params.colours - 2u);
    return mix(colour_of(first), colour_of(first + 1u), at - f32(first));
}

fn shade(at: vec2u, colour: vec3f, a: f32) -> vec3f {
    if params.target_index == ALL { return mapped(colour); }
    let background = bilinear(backdrop, place(at, params.frame, textureDimensions(backdrop))).rgb;
    let person = person_of(colour, background, a);
    let rest = background_of(colour, person, a);
    if params.target_index == PERSON { return a * mapped(person) + (1.0 - a) * rest; }
    return a * person + (1.0 - a) * mapped(rest);
}
