// One direction of a Gaussian blur, edges clamped.
// in:  a weighted picture (colour times weight, weight); half the kernel: kernel[i] weighs the texels i away
// out: the same picture, blurred along `along`

struct Params {
    along: vec2i,    // (1,0) or (0,1)
    radius: i32,
    padding: i32,
}

@group(0) @binding(0) var sharp: texture_2d<f32>;
@group(0) @binding(1) var<storage, read> kernel: array<f32>;
@group(0) @binding(2) var soft: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = vec2i(textureDimensions(sharp));
    let at = vec2i(id.xy);
    if any(at >= size) { return; }
    var sum = kernel[0] * textureLoad(sharp, at, 0);
    for (var i = 1; i <= params.radius; i++) {
        let before = textureLoad(sharp, max(at - i * params.along, vec2i(0)), 0);
        let after = textureLoad(sharp, min(at + i * params.along, size - 1), 0);
        sum += kernel[i] * (before + after);
    }
    textureStore(soft, at, sum);
}
