// Removes small islands from the mask.
// in:  mask p 0..1
// out: p, but 0 in every part that is too small; a part is a set of texels with p >= .1 connected by their
//      sides
// lib/label.wgsl finds the parts.

const PART = 0.1;

struct Params {
    least: u32,   // texels of the smallest part that stays
}

@group(0) @binding(0) var mask: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> labels: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> areas: array<atomic<u32>>;
@group(0) @binding(3) var kept: texture_storage_2d<r32float, write>;
@group(0) @binding(4) var<uniform> params: Params;

fn person(i: u32, width: u32) -> f32 {
    return textureLoad(mask, vec2u(i % width, i / width), 0).r;
}

fn is_part(i: u32, width: u32) -> bool { return person(i, width) >= PART; }

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let size = textureDimensions(mask);
    let texels = size.x * size.y;
    for (var i = lane; i < texels; i += THREADS) { atomicStore(&areas[i], 0u); }
    label_parts(lane, size);
    for (var i = lane; i < texels; i += THREADS) {
        if is_part(i, size.x) { atomicAdd(&areas[root_of(i)], 1u); }
    }
    storageBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        let p = person(i, size.x);
        let small = p >= PART && atomicLoad(&areas[root_of(i)]) < params.least;
        textureStore(kept, vec2u(i % size.x, i / size.x), vec4f(select(p, 0.0, small), 0.0, 0.0, 0.0));
    }
}
