// The sum over a workgroup of THREADS, in a fixed order, so that the same values always give the same sum.
// THREADS is a multiple of 16.

var<workgroup> sums_of_lanes: array<vec2f, THREADS>;

// Returns to every lane the sum of all lanes' values. Must be called once, by all lanes.
fn sum_of_lanes(lane: u32, value: vec2f) -> vec2f {
    sums_of_lanes[lane] = value;
    workgroupBarrier();
    if lane < THREADS / 16u {
        var sum = vec2f(0.0);
        for (var i = 0u; i < 16u; i++) { sum += sums_of_lanes[lane + i * (THREADS / 16u)]; }
        sums_of_lanes[lane] = sum;
    }
    workgroupBarrier();
    var total = vec2f(0.0);
    for (var i = 0u; i < THREADS / 16u; i++) { total += sums_of_lanes[i]; }
    return total;
}
