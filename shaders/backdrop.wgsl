// The blurred room, with no trace of the person: weighted colour divided by its weight.
// in:  near: weighted picture at a quarter of the frame's size; wide: the same, blurred far wider
// out: R'G'B' 0..1:  (near + .001 wide) / (weight + .001); where no room is in reach, the wide one speaks
// (PICTURE step 9); in the fourth channel the weight: how much of what is around is room, 0..1

const FLOOR = 0.001;

@group(0) @binding(0) var near: texture_storage_2d<rgba16float, read>;
@group(0) @binding(1) var wide: texture_storage_2d<rgba16float, read>;
@group(0) @binding(2) var backdrop: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(near);
    if any(id.xy >= size) { return; }
    let n = textureLoad(near, id.xy);
    let far = bilinear_mean(place(id.xy, size, textureDimensions(wide)));
    textureStore(backdrop, id.xy, vec4f((n.rgb + FLOOR * far) / (n.a + FLOOR), n.a));
}

// Divided first, then interpolated: a texel without any room weighs as much as its neighbours.
fn bilinear_mean(at: vec2f) -> vec3f {
    let k = taps(at, vec2i(textureDimensions(wide)));
    let top = mix(mean(k.lo), mean(vec2i(k.hi.x, k.lo.y)), k.t.x);
    let low = mix(mean(vec2i(k.lo.x, k.hi.y)), mean(k.hi), k.t.x);
    return mix(top, low, k.t.y);
}

fn mean(at: vec2i) -> vec3f {
    let w = textureLoad(wide, at);
    return w.rgb / (w.a + 1e-6);
}
