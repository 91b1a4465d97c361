// Unpacks a camera's pixel format to YUYV in limited range.
// in:  bytes as the camera stores them, four to a word, the first lowest
// out: YUYV words, codes 16..235 and 16..240
// Source: "Image Formats" of the kernel's Media API; chroma between luma rows sited as in MPEG-2 (3/4 of the
//         nearer row, 1/4 of the farther); full range to limited by BT.601-7 clause 2.5.3; nearest code,
//         halves upwards
// Integer arithmetic, so exact: a code is (value * factor + term) / divisor.

struct Params {
    frame: vec2u,          // pixels
    is_halved: u32,        // 1: one chroma row for two luma rows
    padding: u32,
    luma: vec4u,           // offset of the first sample, bytes to the next one, bytes to the next row
    cb: vec4u,             // the same; one sample for a pair of pixels
    cr: vec4u,
    luma_code: vec4u,      // factor, term, divisor
    chroma_code: vec4u,    // the same, for four times the value
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read_write> yuyv: array<u32>;
@group(0) @binding(2) var<storage, read> params: Params;

fn sample(place: vec4u, x: u32, y: u32) -> u32 {
    let at = place.x + x * place.y + y * place.z;
    return (bytes[at / 4u] >> (8u * (at % 4u))) & 0xffu;
}

fn code(value: u32, map: vec4u) -> u32 {
    return (value * map.x + map.y) / map.z;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    var near = id.y;
    var far = id.y;
    if params.is_halved == 1u {
        near = id.y / 2u;
        far = select(max(near, 1u) - 1u, min(near + 1u, (params.frame.y + 1u) / 2u - 1u), id.y % 2u == 1u);
    }
    let a = code(sample(params.luma, 2u * id.x, id.y), params.luma_code);
    let b = code(sample(params.luma, 2u * id.x + 1u, id.y), params.luma_code);
    let cb = code(3u * sample(params.cb, id.x, near) + sample(params.cb, id.x, far), params.chroma_code);
    let cr = code(3u * sample(params.cr, id.x, near) + sample(params.cr, id.x, far), params.chroma_code);
    yuyv[id.y * width + id.x] = a | (cb << 8u) | (b << 16u) | (cr << 24u);
}
