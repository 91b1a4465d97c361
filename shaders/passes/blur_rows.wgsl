// The first half of a Gaussian blur: along the rows, edges clamped.
// in:  a weighted picture (colour times weight, weight); the kernel
// out: the same picture, blurred along its rows

@group(0) @binding(0) var sharp: texture_storage_2d<rgba16float, read>;
@group(0) @binding(1) var blurred: texture_storage_2d<rgba16float, write>;
@group(0) @binding(2) var<uniform> kernel: Kernel;

fn source(at: vec2i) -> vec4f {
    let size = vec2i(textureDimensions(sharp));
    return textureLoad(sharp, clamp(at, vec2i(0), size - 1));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let at = vec2i(8 * i32(id.x), i32(id.y));
    let sum = eight_sums(at, vec2i(1, 0));
    for (var k = 0; k < 8; k++) {
        let to = at + vec2i(k, 0);
        if all(to < vec2i(textureDimensions(blurred))) { textureStore(blurred, to, sum[k]); }
    }
}
