// The second half of a Gaussian blur: along the columns, edges clamped.
// in:  a weighted picture (colour times weight, weight), blurred along its rows; the kernel
// out: the same picture, blurred; eighth: means of its 8x8 texels; at the right and lower edge, of the texels
//      that exist


@group(0) @binding(0) var sharp: texture_storage_2d<rgba16float, read>;
@group(0) @binding(1) var blurred: texture_storage_2d<rgba16float, write>;
@group(0) @binding(2) var eighth: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<uniform> kernel: Kernel;

var<workgroup> sums: array<vec4f, 64>; // sums of eight texels of a column: [row / 8][column] of a tile of 16x32

fn source(at: vec2i) -> vec4f {
    let size = vec2i(textureDimensions(sharp));
    return textureLoad(sharp, clamp(at, vec2i(0), size - 1));
}

@compute @workgroup_size(16, 4)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let size = vec2i(textureDimensions(blurred));
    let at = vec2i(i32(id.x), 8 * i32(id.y));
    let sum = eight_sums(at, vec2i(0, 1));
    var total = vec4f(0.0);
    for (var k = 0; k < 8; k++) {
        let to = at + vec2i(0, k);
        if all(to < size) {
            textureStore(blurred, to, sum[k]);
            total += sum[k];
        }
    }
    sums[lane] = total;
    workgroupBarrier();
    let to = vec2u(2u, 4u) * group.xy + vec2u(lane % 2u, lane / 2u);
    if lane < 8u && all(to < textureDimensions(eighth)) {
        let first = 16u * (lane / 2u) + 8u * (lane % 2u);
        var mean = vec4f(0.0);
        for (var i = 0u; i < 8u; i++) { mean += sums[first + i]; }
        let count = min(vec2u(size) - 8u * to, vec2u(8u));
        textureStore(eighth, to, mean / f32(count.x * count.y));
    }
}
