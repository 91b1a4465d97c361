// One direction of a Gaussian blur, edges clamped.
// in:  a weighted picture (colour times weight, weight); half the kernel: kernel[i] weighs the texels i away
// out: the same picture, blurred along `along`
// A thread makes four neighbouring texels along the direction: each texel loaded serves all four.

struct Params {
    along: vec2i,    // (1,0) or (0,1)
    radius: i32,
    padding: i32,
}

@group(0) @binding(0) var sharp: texture_2d<f32>;
@group(0) @binding(1) var<storage, read> kernel: array<f32>;
@group(0) @binding(2) var soft: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<uniform> params: Params;

fn weight(distance: i32) -> f32 {
    let i = abs(distance);
    return select(0.0, kernel[min(i, params.radius)], i <= params.radius);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = vec2i(textureDimensions(sharp));
    let across = vec2i(1) - params.along;
    let at = vec2i(id.xy) * (across + 4 * params.along);
    if any(at >= size) { return; }
    var sum = array<vec4f, 4>();
    // The weights of one loaded texel in the four sums: the next texel is one nearer to each.
    var w = vec4f(weight(-params.radius), 0.0, 0.0, 0.0);
    for (var i = -params.radius; i <= params.radius + 3; i++) {
        let v = textureLoad(sharp, clamp(at + i * params.along, vec2i(0), size - 1), 0);
        sum[0] += w.x * v;
        sum[1] += w.y * v;
        sum[2] += w.z * v;
        sum[3] += w.w * v;
        w = vec4f(weight(i + 1), w.xyz);
    }
    for (var k = 0; k < 4; k++) {
        let to = at + k * params.along;
        if all(to < size) { textureStore(soft, to, sum[k]); }
    }
}
