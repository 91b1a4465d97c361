// The person alone, not multiplied by alpha, for output with an alpha channel.
// in:  YUYV words of the frame; alpha; backdrop: R'G'B' 0..1 of the blurred background
// out: YUYV words of P / alpha with P = clamp(I - (1 - alpha) B, 0, alpha) (docs/PICTURE.md, step 10), black
//      where alpha is 0; chroma is the two pixels' mean, weighted by alpha. A pair that is all person keeps
//      its bytes.

struct Params {
    coding: Coding,
    frame: vec2u,
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var backdrop: texture_2d<f32>;
@group(0) @binding(3) var<storage, read_write> packed: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

fn person(colour: vec3f, a: f32, behind: vec3f) -> vec3f {
    return clamp(colour - (1.0 - a) * behind, vec3f(0.0), vec3f(a)) / max(a, 1.0 / 65535.0);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let i = id.y * width + id.x;
    let a = unpack2x16unorm(alpha[i]);
    let behind = sample_pair(backdrop, id.xy, params.frame);
    let pair = unpack_pair(params.coding, yuyv[i]);
    let left = codes_from_rgb(params.coding, person(pair.a, a.x, behind.a.rgb));
    let right = codes_from_rgb(params.coding, person(pair.b, a.y, behind.b.rgb));
    let chroma = (a.x * left.yz + a.y * right.yz) / max(a.x + a.y, 1.0 / 65535.0);
    let neutral = select(chroma, vec2f(128.0), a.x + a.y == 0.0);
    let alone = word_of(vec4f(left.x, neutral.x, right.x, neutral.y));
    packed[i] = select(alone, yuyv[i], alpha[i] == 0xffffffffu);
}
