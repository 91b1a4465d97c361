// The sum over a workgroup of 256, in a fixed order, so that the same values always give the same sum.

const THREADS = 256u;

var<workgroup> sums: array<f32, THREADS>;

// Of every lane's value; lane 0 has it. Called by all lanes.
fn sum_of_lanes(lane: u32, value: f32) -> f32 {
    sums[lane] = value;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if lane < half { sums[lane] += sums[lane + half]; }
    }
    return sums[lane];
}
