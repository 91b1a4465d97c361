// Turns and crops the camera's picture at whole pixels: no pixel is interpolated, and luma keeps its bytes.
// in:  YUYV words of the camera's picture
// out: YUYV words of the frame
// A pixel brings its pair's chroma along, and a new pair has the mean of its two pixels', halves upwards.
// Where pairs stay together, mirrored or not, chroma keeps its bytes; turned on its side, it is the mean of
// two rows.

struct Params {
    camera: vec2u,  // pixels
    frame: vec2u,
    at: vec2u,      // the frame's first pixel in the turned picture
    flip: vec2u,    // 1: the camera's x or y counts from the other side
    swap: u32,      // 1: x and y are swapped first
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read_write> packed: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

// The codes (Y', Cb, Cr) of a pixel of the frame.
fn pixel(at: vec2u) -> vec3u {
    let turned = params.at + at;
    let from_start = select(turned, turned.yx, params.swap == 1u);
    let there = select(from_start, params.camera - 1u - from_start, params.flip == vec2u(1u));
    let codes = codes_of(yuyv[there.y * (params.camera.x / 2u) + there.x / 2u]);
    return vec3u(select(codes.x, codes.z, there.x % 2u == 1u), codes.yw);
}

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let a = pixel(vec2u(2u * id.x, id.y));
    let b = pixel(vec2u(2u * id.x + 1u, id.y));
    let chroma = (a.yz + b.yz + 1u) / 2u;
    packed[id.y * width + id.x] = a.x | (chroma.x << 8u) | (b.x << 16u) | (chroma.y << 24u);
}
