// The frame at half its size.
// in:  YUYV words of the frame
// out: YUYV words: each luma the mean of 2x2 lumas, each chroma of 2x2 chromas, codes rounded to the nearest,
//      halves upwards
// Codes stay codes, in either range and by any matrix. If the number of words or rows is odd, the last one
// counts twice. A thread makes one or four words (U: lib/vec4.wgsl).

struct Params {
    frame: vec2u,   // pixels
    half: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read_write> halved: array<U>;
@group(0) @binding(2) var<uniform> params: Params;

// Two sums of 16 bits in a u32: none exceeds 4 * 255 + 2.
fn lumas(row: Neighbours) -> array<U, 2> {
    let even = row.even & U(0x00ff00ffu);
    let odd = row.odd & U(0x00ff00ffu);
    return array<U, 2>((even & U(0xffffu)) + (even >> U(16u)), (odd & U(0xffffu)) + (odd >> U(16u)));
}

fn chromas(row: Neighbours) -> U {
    return ((row.even >> U(8u)) & U(0x00ff00ffu)) + ((row.odd >> U(8u)) & U(0x00ff00ffu));
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.half.x / (2u * WORDS);
    if id.x >= width || id.y >= params.half.y { return; }
    let words = params.frame.x / (2u * WORDS);
    let top = 2u * id.y * words;
    let low = min(2u * id.y + 1u, params.frame.y - 1u) * words;
    let x = 2u * id.x;
    let next = min(x + 1u, words - 1u);
    let above = neighbours(yuyv[top + x], yuyv[top + next]);
    let below = neighbours(yuyv[low + x], yuyv[low + next]);
    let a = lumas(above);
    let b = lumas(below);
    let left = (a[0] + b[0] + U(2u)) >> U(2u);
    let right = (a[1] + b[1] + U(2u)) >> U(2u);
    let chroma = ((chromas(above) + chromas(below) + U(0x00020002u)) >> U(2u)) & U(0x00ff00ffu);
    halved[id.y * width + id.x] = left | (right << U(16u)) | (chroma << U(8u));
}
