// Brightens or darkens the person and the background, each by a gain of its own.
// in:  YUYV words of the picture; alpha; backdrop: R'G'B' 0..1 of the blurred background
// out: YUYV words of alpha f(person) + (1 - alpha) f(background), the pixel split first
// gain g: 2^(stops / 2.2), since a gain of light is a gain of codes where they follow a power of 2.2.
// f(v) = g v for g <= 1, and 1 - (1 - v)^g above: the same slope at black, and white stays white without
// clipping.

struct Params {
    coding: Coding,
    frame: vec2u,
    person: f32,   // gains
    background: f32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var backdrop: texture_2d<f32>;
@group(0) @binding(3) var<storage, read_write> packed: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

fn lit(colour: vec3f, gain: f32) -> vec3f {
    let lifted = 1.0 - pow(1.0 - clamp(colour, vec3f(0.0), vec3f(1.0)), vec3f(gain));
    return select(gain * colour, lifted, gain > 1.0);
}

fn shade(at: vec2u, colour: vec3f, a: f32) -> vec3f {
    let background = bilinear(backdrop, place(at, params.frame, textureDimensions(backdrop))).rgb;
    let person = person_of(colour, background, a);
    return a * lit(person, params.person) + (1.0 - a) * lit(background_of(colour, person, a), params.background);
}
