// Parts of a picture as trees in `labels`, whose root is the least label of a part. Two parts are joined by pointing
// the greater root at the lesser one; any number of threads may do so at once.
// Source: Playne, Hawick, A New Algorithm for Parallel Connected-Component Labelling on GPUs (2018).

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
