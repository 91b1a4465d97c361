// The small picture, exposed, into the model's input tensor.
// in:  [h,w] R'G'B' 0..1 gamma-coded; the gain
// out: f32 [1,h,w,3] (NHWC): scale * min(1, gain * R'G'B') + offset

struct Params {
    scale: f32,
    offset: f32,
}

@group(0) @binding(0) var small: texture_2d<f32>;
@group(0) @binding(1) var<storage, read> gain: array<f32>;
@group(0) @binding(2) var<storage, read_write> tensor: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(small);
    if any(id.xy >= size) { return; }
    let rgb = min(gain[0] * textureLoad(small, id.xy, 0).rgb, vec3f(1.0));
    let value = params.scale * rgb + params.offset;
    let i = 3u * (id.y * size.x + id.x);
    tensor[i] = value.r;
    tensor[i + 1u] = value.g;
    tensor[i + 2u] = value.b;
}
