// The blurred background without any trace of the person: weighted colour divided by its weight.
// in:  near: blurred weighted picture (colour times weight, weight), at the backdrop's size or half of it
//      (lib/upsample_1x.wgsl, lib/upsample_2x.wgsl); wide: the same, blurred far wider
// out: R'G'B' 0..1, gamma-coded: (near + .001 wide) / (weight + .001), so that the wide blur fills texels
//      without background in reach (docs/PICTURE.md, step 9); in the fourth channel the weight 0..1: the
//      share of the surroundings that is background
// Source: normalised convolution, Knutsson and Westin 1993.
// A thread makes four texels of two rows. Four texels of a row lie between three columns of the wide picture,
// whose texels are at least eight times as large.

const FLOOR = 0.001;

@group(0) @binding(0) var near: texture_storage_2d<rgba16float, read>;
@group(0) @binding(1) var wide: texture_storage_2d<rgba16float, read>;
@group(0) @binding(2) var backdrop: texture_storage_2d<rgba16float, write>;

fn near_at(at: vec2i) -> vec4f {
    return textureLoad(near, clamp(at, vec2i(0), vec2i(textureDimensions(near)) - 1));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(backdrop);
    let at = vec2u(4u, 2u) * id.xy;
    if any(at >= size) { return; }
    let n = near_block(vec2i(at));
    put_row(at, size, n[0], n[1], n[2], n[3]);
    put_row(at + vec2u(0u, 1u), size, n[4], n[5], n[6], n[7]);
}

fn put_row(at: vec2u, size: vec2u, n0: vec4f, n1: vec4f, n2: vec4f, n3: vec4f) {
    let first = place(at, size, textureDimensions(wide));
    let lo = floor(first.x);
    let far = Far(
        column(i32(lo), first.y), column(i32(lo) + 1, first.y), column(i32(lo) + 2, first.y),
        first.x - lo, f32(textureDimensions(wide).x) / f32(size.x),
    );
    put(at, size, n0, far, 0.0);
    put(at + vec2u(1u, 0u), size, n1, far, 1.0);
    put(at + vec2u(2u, 0u), size, n2, far, 2.0);
    put(at + vec2u(3u, 0u), size, n3, far, 3.0);
}

// Three columns of the wide picture, the first texel's position right of the first column, and the step to
// the next texel.
struct Far {
    a: vec3f,
    b: vec3f,
    c: vec3f,
    first: f32,
    step: f32,
}

fn put(at: vec2u, size: vec2u, n: vec4f, far: Far, k: f32) {
    if any(at >= size) { return; }
    let t = far.first + k * far.step;
    let wide = max(0.0, 1.0 - t) * far.a + (1.0 - abs(t - 1.0)) * far.b + max(0.0, t - 1.0) * far.c;
    textureStore(backdrop, at, vec4f((n.rgb + FLOOR * wide) / (n.a + FLOOR), n.a));
}

// Column x of the wide picture at height y. It divides before it interpolates, so that a texel without any
// background counts as much as its neighbours.
fn column(x: i32, y: f32) -> vec3f {
    let k = taps(vec2f(f32(x), y), vec2i(textureDimensions(wide)));
    return mix(mean(k.lo), mean(vec2i(k.lo.x, k.hi.y)), k.t.y);
}

fn mean(at: vec2i) -> vec3f {
    let w = textureLoad(wide, at);
    return w.rgb / (w.a + 1e-6);
}
