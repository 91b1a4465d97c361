// Unpacks a camera's R'G'B' to YUYV in limited range.
// in:  bytes as the camera stores them, four to a word, the first lowest; 3 or 4 to a pixel, codes 0..255
// out: YUYV words, codes 16..235 and 16..240; a pair's chroma is the mean of its pixels'
// Source: BT.601-7 clauses 2.5.1 and 2.5.3, BT.709-6 clauses 3.2 to 3.5; nearest code, halves upwards
// Integer arithmetic, so exact: weights in ten-thousandths, sums below 2.4e9. src/frame/rgb.rs has the formulas.

struct Params {
    frame: vec2u,      // pixels
    step: u32,         // bytes to the next pixel
    stride: u32,       // bytes to the next row
    offsets: vec4u,    // bytes to the first R, G and B
    weights: vec4u,    // of R, G and B in luma
    divisors: vec4u,   // of Y, Cb and Cr
}

const ONE = 10000u;

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read_write> yuyv: array<u32>;
@group(0) @binding(2) var<storage, read> params: Params;

fn sample(at: u32) -> u32 {
    return (bytes[at / 4u] >> (8u * (at % 4u))) & 0xffu;
}

fn rgb(at: u32) -> vec3u {
    let places = params.offsets.xyz + at;
    return vec3u(sample(places.x), sample(places.y), sample(places.z));
}

fn weighted(rgb: vec3u) -> u32 {
    let parts = params.weights.xyz * rgb;
    return parts.x + parts.y + parts.z;
}

fn luma(rgb: vec3u) -> u32 {
    let divisor = params.divisors.x;
    return (219u * weighted(rgb) + 16u * divisor + divisor / 2u) / divisor;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let at = id.y * params.stride + 2u * id.x * params.step;
    let a = rgb(at);
    let b = rgb(at + params.step);
    let sum = a + b;
    let divisors = params.divisors.yz;
    let chroma = (128u * divisors + divisors / 2u + 224u * ONE * sum.zx - 224u * weighted(sum)) / divisors;
    yuyv[id.y * width + id.x] = luma(a) | (chroma.x << 8u) | (luma(b) << 16u) | (chroma.y << 24u);
}
