// A cut-out person as a window draws it: over a checkerboard, since a window shows nothing transparent.
// in:  yuyv: one word for each pair of pixels, the person's colour not multiplied by alpha; alpha
// out: shown: gamma-coded R'G'B' 0..1 in 8 bits each: alpha P + (1 - alpha) C, C the grey of the pixel's square

struct Params {
    coding: Coding,
    frame: vec2u,   // pixels
    square: u32,    // pixels
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var shown: texture_storage_2d<rgba8unorm, write>;
@group(0) @binding(3) var<uniform> params: Params;

const GREYS = array(0.6, 0.8);

fn over(person: vec3f, a: f32, at: vec2u) -> vec4f {
    let squares = at / params.square;
    let grey = select(GREYS[0], GREYS[1], (squares.x + squares.y) % 2u == 1u);
    return vec4f(mix(vec3f(grey), person, a), 1.0);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let i = id.y * words.x + id.x;
    let pair = unpack_pair(params.coding, yuyv[i]);
    let a = unpack2x16unorm(alpha[i]);
    let left = vec2u(2u * id.x, id.y);
    let right = left + vec2u(1u, 0u);
    textureStore(shown, left, over(pair.a, a.x, left));
    textureStore(shown, right, over(pair.b, a.y, right));
}
