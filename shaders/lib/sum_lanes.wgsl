// The sum over 256 lanes of a workgroup, in an order that is the same in every run.
// Needs the type Sums and plus(Sums, Sums).

const THREADS = 256u;

var<workgroup> lanes: array<Sums, THREADS>;

// The sum of what all lanes have, in the first lane; anything in others. All lanes must call it, once.
fn sum_of_lanes(lane: u32, own: Sums) -> Sums {
    lanes[lane] = own;
    workgroupBarrier();
    if lane < 16u {
        var sum = lanes[lane];
        for (var i = 1u; i < 16u; i++) { sum = plus(sum, lanes[lane + 16u * i]); }
        lanes[lane] = sum;
    }
    workgroupBarrier();
    var sums = lanes[0];
    if lane == 0u {
        for (var i = 1u; i < 16u; i++) { sums = plus(sums, lanes[i]); }
    }
    return sums;
}
