// The adapter's memory throughput: a copy.
// in:  vec4f values
// out: the same

@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;

@compute @workgroup_size(256, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= arrayLength(&output) { return; }
    output[id.x] = input[id.x];
}
