// The last guided solve, kept as a line in the camera's colour, to be read at full resolution.
// in:  guide R'G'B' 0..1, |Y' - last Y'| beside it; mask p 0..1
// out: rgb = c a, alpha = c b + (1 - c) p with c = ss(.5, .9, R2): alpha = rgb.I + a   (PICTURE step 5)
//      change: mean of |Y' - last Y'|   (step 7)
// The window is 3x3, edges reflected. A thread makes four texels of a column, which share their rows of three.

const EPS = 1e-4;

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var mask: texture_2d<f32>;
@group(0) @binding(2) var coefficients: texture_storage_2d<rgba32float, write>;
@group(0) @binding(3) var change: texture_storage_2d<r32float, write>;

struct Moments {
    mean: vec4f,       // I, p
    diagonal: vec3f,   // I I
    mixed: vec3f,
    product: vec4f,    // p I, p p
    changed: f32,
}

// Three texels of a row about a colour and a p near them: f32 keeps its digits.
fn row(at: vec2i, size: vec2i, about: vec4f) -> Moments {
    var sum = Moments();
    for (var x = -1; x <= 1; x++) {
        let tap = reflect_into(at + vec2i(x, 0), size);
        let seen = textureLoad(guide, tap, 0);
        let v = vec4f(seen.rgb, textureLoad(mask, tap, 0).r) - about;
        sum = plus(sum, Moments(v, v.rgb * v.rgb, v.rrg * v.gbb, v * v.a, seen.a));
    }
    return sum;
}

fn plus(a: Moments, b: Moments) -> Moments {
    return Moments(
        a.mean + b.mean, a.diagonal + b.diagonal, a.mixed + b.mixed, a.product + b.product, a.changed + b.changed
    );
}

fn put(at: vec2i, size: vec2i, about: vec4f, sum: Moments) {
    if any(at >= size) { return; }
    let mean = sum.mean / 9.0;
    let i = mean.rgb;
    let s = inverse(Symmetric(sum.diagonal / 9.0 - i * i + EPS, sum.mixed / 9.0 - i.rrg * i.gbb));
    let covariance = sum.product.rgb / 9.0 - i * mean.a;
    let variance = sum.product.a / 9.0 - mean.a * mean.a;
    let a = apply(s, covariance);
    let b = mean.a + about.a - dot(a, i + about.rgb);
    let c = smoothstep(0.5, 0.9, explained(a, covariance, variance));
    textureStore(coefficients, at, vec4f(c * a, c * b + (1.0 - c) * textureLoad(mask, at, 0).r));
    textureStore(change, at, vec4f(sum.changed / 9.0, 0.0, 0.0, 0.0));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = vec2i(textureDimensions(guide));
    let at = vec2i(i32(id.x), 4 * i32(id.y));
    let middle = min(at + vec2i(0, 1), size - 1);
    let about = vec4f(textureLoad(guide, middle, 0).rgb, textureLoad(mask, middle, 0).r);
    var above = row(at - vec2i(0, 1), size, about);
    var here = row(at, size, about);
    for (var k = 0; k < 4; k++) {
        let below = row(at + vec2i(0, k + 1), size, about);
        put(at + vec2i(0, k), size, about, plus(above, plus(here, below)));
        above = here;
        here = below;
    }
}
