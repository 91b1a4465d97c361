// The adapter's arithmetic throughput: products and sums in registers, eight independent chains of vec4f a
// thread.
// in:  two vec4f
// out: the sum of the chains, a vec4f for each thread, so that the compiler removes nothing

const ROUNDS = 256u;

@group(0) @binding(0) var<storage, read> numbers: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= arrayLength(&sums) { return; }
    let b = numbers[0];
    let c = numbers[1];
    var a = array<vec4f, 8>();
    a[0] = b + f32(id.x);
    a[1] = a[0] + c;
    a[2] = a[1] + c;
    a[3] = a[2] + c;
    a[4] = a[3] + c;
    a[5] = a[4] + c;
    a[6] = a[5] + c;
    a[7] = a[6] + c;
    for (var i = 0u; i < ROUNDS; i++) {
        a[0] = a[0] * b + c;
        a[1] = a[1] * b + c;
        a[2] = a[2] * b + c;
        a[3] = a[3] * b + c;
        a[4] = a[4] * b + c;
        a[5] = a[5] * b + c;
        a[6] = a[6] * b + c;
        a[7] = a[7] * b + c;
    }
    sums[id.x] = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
}
