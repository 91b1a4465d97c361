// The last guided solve, kept as a line in the camera's colour, to be read at full resolution.
// in:  guide R'G'B' 0..1, |Y' - last Y'| beside it; mask p 0..1
// out: rgb = c a, alpha = c b + (1 - c) p with c = ss(.5, .9, R2): alpha = rgb.I + a   (PICTURE step 5)
//      change: mean of |Y' - last Y'|   (step 7)
// The window is 3x3, edges reflected.

const EPS = 1e-4;

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var mask: texture_2d<f32>;
@group(0) @binding(2) var coefficients: texture_storage_2d<rgba32float, write>;
@group(0) @binding(3) var change: texture_storage_2d<r32float, write>;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = vec2i(textureDimensions(guide));
    let at = vec2i(id.xy);
    if any(at >= size) { return; }
    let about = vec4f(textureLoad(guide, at, 0).rgb, textureLoad(mask, at, 0).r);
    var mean = vec4f(0.0);
    var diagonal = vec3f(0.0);
    var mixed = vec3f(0.0);
    var product = vec4f(0.0); // p I, p p
    var changed = 0.0;
    for (var y = -1; y <= 1; y++) {
        for (var x = -1; x <= 1; x++) {
            let tap = reflect_into(at + vec2i(x, y), size);
            let seen = textureLoad(guide, tap, 0);
            let v = vec4f(seen.rgb, textureLoad(mask, tap, 0).r) - about;
            changed += seen.a;
            mean += v;
            diagonal += v.rgb * v.rgb;
            mixed += v.rrg * v.gbb;
            product += v * v.a;
        }
    }
    mean /= 9.0;
    let i = mean.rgb;
    let s = inverse(Symmetric(diagonal / 9.0 - i * i + EPS, mixed / 9.0 - i.rrg * i.gbb));
    let covariance = product.rgb / 9.0 - i * mean.a;
    let variance = product.a / 9.0 - mean.a * mean.a;
    let a = apply(s, covariance);
    let b = mean.a + about.a - dot(a, i + about.rgb);
    let c = smoothstep(0.5, 0.9, explained(a, covariance, variance));
    textureStore(coefficients, at, vec4f(c * a, c * b + (1.0 - c) * about.a));
    textureStore(change, at, vec4f(changed / 9.0, 0.0, 0.0, 0.0));
}
