// A hologram: luma in blue and green, flickering bands of rows, a ghost image on either side.
// in:  YUYV words of the picture; alpha
// out: YUYV words, blended with the picture by the target's share:
//   h     = (0, Y, 1 - Y/2) of luma Y; rows with (row mod band + gap) < band are dimmed to 0.1..0.3,
//           at random
//   ghost = 0.4 (0.2 h(x, y) + 0.8 h(x - 5, y - 5)) + 0.6 h(x + 5, y + 5), nothing beyond the edge
//   out   = 0.5 I + 0.6 ghost, clamped
// These rows and pixels are `unit` of the frame's each. Source: Elder and Linux-Fake-Background-Webcam, with
// OpenCV's colour map "winter".

struct Params {
    coding: Coding,
    frame: vec2u,
    band: u32,
    period: u32,   // band + gap
    unit: u32,
    target_index: u32,
    seed: u32,     // changes with each frame
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

// The hash pcg. Source: Jarzynski and Olano, Hash Functions for GPU Rendering (2020).
fn pcg(v: u32) -> u32 {
    let state = v * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

fn light_of(row: u32) -> f32 {
    let line = row / params.unit;
    if line % params.period >= params.band { return 1.0; }
    return 0.1 + 0.2 * f32(pcg(line ^ pcg(params.seed)) >> 8u) / 16777216.0;
}

fn hologram(at: vec2i) -> vec3f {
    if any(at < vec2i(0)) || any(at >= vec2i(params.frame)) { return vec3f(0.0); }
    let place = vec2u(at);
    let codes = bytes_of(yuyv[(place.y * params.frame.x + place.x) / 2u]);
    let code = select(codes.x, codes.z, place.x % 2u == 1u);
    let luma = clamp((code - params.coding.black) / params.coding.luma, 0.0, 1.0);
    return light_of(place.y) * vec3f(0.0, luma, 1.0 - 0.5 * luma);
}

fn shade(at: vec2u, colour: vec3f, a: f32) -> vec3f {
    let here = vec2i(at);
    let away = vec2i(5 * i32(params.unit));
    let near = 0.2 * hologram(here) + 0.8 * hologram(here - away);
    let ghost = 0.4 * near + 0.6 * hologram(here + away);
    return mix(colour, min(0.5 * colour + 0.6 * ghost, vec3f(1.0)), target_share(params.target_index, a));
}
