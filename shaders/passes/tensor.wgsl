// The model's input as burn takes it.
// in:  [h,w] R'G'B' gamma-coded; exposure: gain, scale, offset, bound (lib/exposed.wgsl)
// out: f32 [1,h,w,3] (NHWC)

@group(0) @binding(0) var small: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> exposure: vec4f;
@group(0) @binding(2) var<storage, read_write> tensor: array<f32>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(small);
    if any(id.xy >= size) { return; }
    let value = exposed(textureLoad(small, id.xy).rgb, exposure);
    let i = 3u * (id.y * size.x + id.x);
    tensor[i] = value.r;
    tensor[i + 1u] = value.g;
    tensor[i + 2u] = value.b;
}
