// How much the camera's picture changed since the last frame, at mask size.
// in:  guide, Y' in the fourth channel; the last frame's Y'
// out: mean of |Y' - last Y'| over 3x3 texels, edges clamped   (PICTURE step 7)

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var<storage, read> last: array<f32>;
@group(0) @binding(2) var change: texture_storage_2d<r32float, write>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = vec2i(textureDimensions(guide));
    let at = vec2i(id.xy);
    if any(at >= size) { return; }
    var sum = 0.0;
    for (var y = -1; y <= 1; y++) {
        for (var x = -1; x <= 1; x++) {
            let tap = clamp(at + vec2i(x, y), vec2i(0), size - 1);
            sum += abs(textureLoad(guide, tap, 0).w - last[tap.y * size.x + tap.x]);
        }
    }
    textureStore(change, at, vec4f(sum / 9.0, 0.0, 0.0, 0.0));
}
