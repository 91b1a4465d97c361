// A mosaic in place of the background, the person, or all.
// in:  YUYV words of the picture; alpha; blocks: R'G'B' 0..1 of each block
// out: YUYV words of clamp(I - h block, 0, 1 - h) + h block, with h the share to hide   (docs/PICTURE.md,
//      step 10, with the block in place of the background)

struct Params {
    coding: Coding,
    frame: vec2u,
    side: u32,     // pixels along a side of a block
    target_index: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var blocks: texture_2d<f32>;
@group(0) @binding(3) var<storage, read_write> packed: array<u32>;
@group(0) @binding(4) var<storage, read> params: Params;

fn shade(at: vec2u, colour: vec3f, a: f32) -> vec3f {
    let block = textureLoad(blocks, at / params.side, 0).rgb;
    let hidden = target_share(params.target_index, a);
    return clamp(colour - hidden * block, vec3f(0.0), vec3f(1.0 - hidden)) + hidden * block;
}
