// The blurred room, with no trace of the person: weighted colour divided by its weight.
// in:  near: weighted picture at a quarter or an eighth of the frame's size; wide: the same, blurred far wider
// out: R'G'B' 0..1:  (near + .001 wide) / (weight + .001); where no room is in reach, the wide one speaks
// (PICTURE step 9); in the fourth channel the weight: how much of what is around is room, 0..1
// A thread makes four texels of a row: they lie between three columns of the wide picture, which is an eighth as large.

const FLOOR = 0.001;

@group(0) @binding(0) var near: texture_storage_2d<rgba16float, read>;
@group(0) @binding(1) var wide: texture_storage_2d<rgba16float, read>;
@group(0) @binding(2) var backdrop: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(near);
    let at = vec2u(4u * id.x, id.y);
    if any(at >= size) { return; }
    let first = place(at, size, textureDimensions(wide));
    let lo = floor(first.x);
    let a = column(i32(lo), first.y);
    let b = column(i32(lo) + 1, first.y);
    let c = column(i32(lo) + 2, first.y);
    let step = f32(textureDimensions(wide).x) / f32(size.x);
    for (var k = 0u; k < 4u; k++) {
        let t = first.x - lo + f32(k) * step;
        put(at + vec2u(k, 0u), size, max(0.0, 1.0 - t) * a + (1.0 - abs(t - 1.0)) * b + max(0.0, t - 1.0) * c);
    }
}

fn put(at: vec2u, size: vec2u, far: vec3f) {
    if at.x >= size.x { return; }
    let n = textureLoad(near, at);
    textureStore(backdrop, at, vec4f((n.rgb + FLOOR * far) / (n.a + FLOOR), n.a));
}

// Column x of the wide picture at the height y. Divided first, then interpolated: a texel without any room weighs as much
// as its neighbours.
fn column(x: i32, y: f32) -> vec3f {
    let k = taps(vec2f(f32(x), y), vec2i(textureDimensions(wide)));
    return mix(mean(k.lo), mean(vec2i(k.lo.x, k.hi.y)), k.t.y);
}

fn mean(at: vec2i) -> vec3f {
    let w = textureLoad(wide, at);
    return w.rgb / (w.a + 1e-6);
}
