// Draws a picture with alpha over everything.
// in:  YUYV words of the picture behind; front: YUYV words coded alike, their chroma the mean of the two
//      pixels' weighted by alpha; alpha of front
// out: YUYV words of a front + (1 - a) behind, in codes, which are linear in R'G'B'; chroma by the mean of
//      both alphas. Where alpha is 0 or 1, the codes are the picture's or the front's, unchanged.
// Source: Porter and Duff 1984, "over".

struct Params {
    frame: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> front: array<u32>;
@group(0) @binding(2) var<storage, read> alpha: array<u32>;
@group(0) @binding(3) var<storage, read_write> packed: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let i = id.y * width + id.x;
    let a = unpack2x16unorm(alpha[i]);
    let chroma = 0.5 * (a.x + a.y);
    let codes = mix(bytes_of(yuyv[i]), bytes_of(front[i]), vec4f(a.x, chroma, a.y, chroma));
    packed[i] = word_of(codes);
}
