// Packs a frame as NV12.
// in:  YUYV words of the frame; its width is a multiple of 4, its height even
// out: bytes, four to a word, the first lowest: a row of luma for each row of pixels, then a row of Cb Cr pairs
//      for each two of them
// Source: "Planar YUV formats" of the kernel's Media API
// Codes stay codes, in either range and by any matrix. Chroma is sited as in MPEG-2: horizontally where YUYV's
// is, on the left pixel of a pair; vertically between two rows, whose mean it is, halves upwards. Integer
// arithmetic, so exact. A thread packs four pixels of two rows.

struct Params {
    frame: vec2u,   // pixels
    padding: vec2u,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read_write> nv12: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const EVEN_BYTES = 0x00ff00ffu;

// The bytes 0 and 2 of two words, in order.
fn joined(a: u32, b: u32) -> u32 {
    let left = a & EVEN_BYTES;
    let right = b & EVEN_BYTES;
    return ((left | (left >> 8u)) & 0xffffu) | ((right | (right >> 8u)) << 16u);
}

// Means of Cb and of Cr, in bytes 0 and 2.
fn mean(upper: u32, lower: u32) -> u32 {
    return (((upper >> 8u) & EVEN_BYTES) + ((lower >> 8u) & EVEN_BYTES) + 0x00010001u) >> 1u;
}

@compute @workgroup_size(32, 2)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 4u;
    let rows = params.frame.y;
    if id.x >= width || id.y >= rows / 2u { return; }
    let top = 2u * id.y * width + id.x;
    let low = top + width;
    let a = yuyv[2u * top];
    let b = yuyv[2u * top + 1u];
    let c = yuyv[2u * low];
    let d = yuyv[2u * low + 1u];
    nv12[top] = joined(a, b);
    nv12[low] = joined(c, d);
    nv12[(rows + id.y) * width + id.x] = joined(mean(a, c), mean(b, d));
}
