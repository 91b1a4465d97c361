// A cartoon: flat areas in few steps of luma, with lines between them.
// in:  YUYV words of the picture; alpha
// out: YUYV words, blended with the picture by the target's share
//   flat:  of the four 4x4 windows that touch the pixel, the mean of the one whose luma varies least
//          (Kuwahara and others, 1976); in integer arithmetic, so that ties come out alike everywhere
//   steps: q + tanh(10 (Y - q) / d) d/2, q the nearest of the levels, d their distance (Winnemoeller and
//          others, 2006, 3.3)
//   lines: times 1 - lines x slope of luma over 0.06..0.30

struct Params {
    coding: Coding,
    frame: vec2u,
    target_index: u32,
    lines: f32,
    levels: f32,
    padding_a: u32,
    padding_b: u32,
    padding_c: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

// The codes (Y, Cb, Cr) of a pixel, or of the nearest one inside the picture.
fn codes_at(at: vec2i) -> vec3u {
    let place = vec2u(clamp(at, vec2i(0), vec2i(params.frame) - 1));
    let codes = codes_of(yuyv[(place.y * params.frame.x + place.x) / 2u]);
    return vec3u(select(codes.x, codes.z, place.x % 2u == 1u), codes.yw);
}

fn luma_at(at: vec2i) -> f32 {
    return f32(codes_at(at).x);
}

// Sums of codes over the 4x4 window from `first`, and 256 times the variance of its luma.
fn window(first: vec2i) -> vec4u {
    var sum = vec3u(0u);
    var squares = 0u;
    for (var y = 0; y < 4; y++) {
        for (var x = 0; x < 4; x++) {
            let codes = codes_at(first + vec2i(x, y));
            sum += codes;
            squares += codes.x * codes.x;
        }
    }
    return vec4u(sum, 16u * squares - sum.x * sum.x);
}

fn flat_at(at: vec2i) -> vec3f {
    var best = window(at - 3);
    for (var i = 1; i < 4; i++) {
        let other = window(at - 3 + 3 * vec2i(i % 2, i / 2));
        if other.w < best.w { best = other; }
    }
    return vec3f(best.xyz) / 16.0;
}

fn shade(at: vec2u, colour: vec3f, a: f32) -> vec3f {
    let here = vec2i(at);
    let codes = flat_at(here);
    let luma = (codes.x - params.coding.black) / params.coding.luma;
    let apart = 1.0 / (params.levels - 1.0);
    let level = floor(luma / apart + 0.5) * apart;
    let step = level + 0.5 * apart * tanh(10.0 * (luma - level) / apart);
    let line = params.lines * smoothstep(0.06, 0.30, slope(here, params.coding.luma));
    let flat = rgb_from_codes(params.coding, vec3f(params.coding.black + params.coding.luma * step, codes.yz));
    return mix(colour, (1.0 - line) * clamp(flat, vec3f(0.0), vec3f(1.0)), target_share(params.target_index, a));
}
