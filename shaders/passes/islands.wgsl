// Removes small islands from the mask.
// in:  mask p 0..1
// out: p, but 0 in every part that is too small; a part is a set of texels with p >= .1 connected by their
//      sides
// One workgroup does it all, so a barrier between the steps is enough. Labels form trees whose root is the
// least texel of a part; the trees of neighbours are joined by pointing the greater root at the lesser one.
// Source: Playne, Hawick, A New Algorithm for Parallel Connected-Component Labelling on GPUs (2018).

const PART = 0.1;
const THREADS = 256u;

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

fn root_of(start: u32) -> u32 {
    var i = start;
    var parent = atomicLoad(&labels[i]);
    while parent != i {
        i = parent;
        parent = atomicLoad(&labels[i]);
    }
    return i;
}

// Labels only ever decrease, so this ends.
fn join(a: u32, b: u32) {
    var one = root_of(a);
    var other = root_of(b);
    while one != other {
        let low = min(one, other);
        let high = max(one, other);
        let before = atomicMin(&labels[high], low);
        if before == high { return; }
        // Another thread pointed it elsewhere first: join with that.
        one = low;
        other = root_of(before);
        one = root_of(one);
    }
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let size = textureDimensions(mask);
    let texels = size.x * size.y;
    for (var i = lane; i < texels; i += THREADS) {
        atomicStore(&labels[i], i);
        atomicStore(&areas[i], 0u);
    }
    storageBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        if person(i, size.x) >= PART {
            if i % size.x > 0u && person(i - 1u, size.x) >= PART { join(i, i - 1u); }
            if i >= size.x && person(i - size.x, size.x) >= PART { join(i, i - size.x); }
        }
    }
    storageBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        if person(i, size.x) >= PART { atomicAdd(&areas[root_of(i)], 1u); }
    }
    storageBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        let p = person(i, size.x);
        let small = p >= PART && atomicLoad(&areas[root_of(i)]) < params.least;
        textureStore(kept, vec2u(i % size.x, i / size.x), vec4f(select(p, 0.0, small), 0.0, 0.0, 0.0));
    }
}
