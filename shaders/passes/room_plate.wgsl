// Learns the room at the frame's size.
// in:  YUYV words of the frame; counts and status of the room (lib/room.wgsl)
// out: plate: for each word 16-bit codes in 256ths, under a gain of 1: Y' of both pixels, and behind those of all
//      words Cb and Cr. Where the cell of the word's middle was learnt in this frame, for the n-th time, they move
//      towards the frame's by 1 / n; from the ninth time on every fourth row of a frame does, by 4 / n.
// Source: docs/PICTURE.md, "The learnt room".

struct Params {
    coding: Coding,
    frame: vec2u,
    texels: vec2u,   // of the mask
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> status: Status;
@group(0) @binding(3) var<storage, read_write> plate: array<u32>;
@group(0) @binding(4) var<storage, read> params: Params;

const UNIT = 256.0;

fn both(first: f32, second: f32) -> u32 {
    let v = vec2u(clamp(UNIT * vec2f(first, second) + 0.5, vec2f(0.0), vec2f(65535.0)));
    return v.x | (v.y << 16u);
}

fn halves(word: u32) -> vec2f { return vec2f(vec2u(word & 0xffffu, word >> 16u)) / UNIT; }

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let cell = vec2u(
        min((2u * id.x + 1u) * params.texels.x / params.frame.x, params.texels.x - 1u),
        min((2u * id.y + 1u) * params.texels.y / (2u * params.frame.y), params.texels.y - 1u),
    );
    let count = counts[cell.y * params.texels.x + cell.x];
    if !was_learnt(count) { return; }
    let n = f32(seen(count));
    let is_young = n <= 8.0;
    if !is_young && (id.y + u32(status.frame)) % 4u != 0u { return; }
    let i = id.y * width + id.x;
    let codes = bytes_of(yuyv[i]);
    let gain = gain_of(status.gain);
    let left = codes_from_rgb(params.coding, rgb_from_codes(params.coding, codes.xyw) / gain);
    let right = codes_from_rgb(params.coding, rgb_from_codes(params.coding, codes.zyw) / gain);
    let luma = vec2f(left.x, right.x);
    let chroma = 0.5 * (left.yz + right.yz);
    let w = select(4.0 / n, 1.0 / n, is_young);
    let j = width * params.frame.y + i;
    let new_luma = mix(halves(plate[i]), luma, w);
    let new_chroma = mix(halves(plate[j]), chroma, w);
    plate[i] = both(new_luma.x, new_luma.y);
    plate[j] = both(new_chroma.x, new_chroma.y);
}
