// An eighth of the size: the mean of 8x8 texels, of those that exist at the right and lower edge.
// in:  a weighted picture
// out: the same, smaller

@group(0) @binding(0) var fine: texture_2d<f32>;
@group(0) @binding(1) var coarse: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if any(id.xy >= textureDimensions(coarse)) { return; }
    let first = 8u * id.xy;
    let end = min(first + 8u, textureDimensions(fine));
    var sum = vec4f(0.0);
    for (var y = first.y; y < end.y; y++) {
        for (var x = first.x; x < end.x; x++) {
            sum += textureLoad(fine, vec2u(x, y), 0);
        }
    }
    textureStore(coarse, id.xy, sum / f32((end.x - first.x) * (end.y - first.y)));
}
