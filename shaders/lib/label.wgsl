// Labels the parts of a picture: sets of texels connected by their sides. One workgroup does it all, so a
// barrier between the steps is enough. Labels form trees whose root is the least texel of a part; the trees
// of neighbours are joined by pointing the greater root at the lesser one.
// Reads is_part(texel, width); writes `labels`, one for each texel.
// Source: Playne, Hawick, A New Algorithm for Parallel Connected-Component Labelling on GPUs (2018).

const THREADS = 256u;

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

// All lanes must call it.
fn label_parts(lane: u32, size: vec2u) {
    let texels = size.x * size.y;
    for (var i = lane; i < texels; i += THREADS) { atomicStore(&labels[i], i); }
    storageBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        if is_part(i, size.x) {
            if i % size.x > 0u && is_part(i - 1u, size.x) { join(i, i - 1u); }
            if i >= size.x && is_part(i - size.x, size.x) { join(i, i - size.x); }
        }
    }
    storageBarrier();
}
