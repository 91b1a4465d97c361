// Labels the parts of a picture: sets of texels connected by their sides. One workgroup does it all, so a
// barrier between the steps is enough.
// Reads is_part(texel, width); writes `labels`, one for each texel. Needs lib/join.wgsl.

const THREADS = 256u;

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
