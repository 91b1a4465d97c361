// The last guided solve, kept as coefficients to apply at full resolution, with confidence in the temporal
// average there.
// in:  guide R'G'B' with |Y' - last Y'| in the fourth channel; mask p 0..1; the camera's noise n as a share
//      of full scale
// out: coefficients A = c a, B = c b + (1 - c) p with c = ss(.5, .9, R2), so that alpha = A.I + B in R'G'B'
//      (docs/PICTURE.md, step 5), rewritten over 16 times the camera's codes: alpha = r Y' + g Cb + b Cr + a
//      confidence (step 7): r: 1 / the change of alpha that noise explains; g: how still the place is, 0..1,
//      0 in a first frame
// The window is 3x3, edges reflected. A workgroup takes tiles of 16x16 texels, a thread one texel or
// four of a column, which share their sums of three. In saturated tiles (lib/tiles.wgsl) the coefficients are 0 or 1
// and the confidence stays as it was, since nothing reads it.

const EPS = 1e-4;

struct Params {
    coding: Coding,
    interleave: u32,
}

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var mask: texture_storage_2d<r32float, read>;
@group(0) @binding(2) var<storage, read> noise: vec2f;
@group(0) @binding(3) var coefficients: texture_storage_2d<rgba32float, write>;
@group(0) @binding(4) var confidence: texture_storage_2d<rg32float, write>;
@group(0) @binding(5) var<storage, read> tile_state: array<u32>;  // see lib/tiles.wgsl
@group(0) @binding(6) var<storage, read> params: Params;

struct Moments {
    mean: vec4f,       // I, p
    diagonal: vec3f,   // I I
    mixed: vec3f,
    product: vec4f,    // p I, p p
    changed: f32,
}

// Moments of three texels of a row, about a colour and a p near them: f32 keeps its digits.
fn row(at: vec2i, size: vec2i, about: vec4f) -> Moments {
    var sum = Moments();
    for (var x = -1; x <= 1; x++) {
        let tap = reflect_into(at + vec2i(x, 0), size);
        let seen = textureLoad(guide, tap);
        let v = vec4f(seen.rgb, saturated(textureLoad(mask, tap).r)) - about;
        sum = plus(sum, Moments(v, v.rgb * v.rgb, v.rrg * v.gbb, v * v.a, seen.a));
    }
    return sum;
}

fn plus(a: Moments, b: Moments) -> Moments {
    return Moments(
        a.mean + b.mean, a.diagonal + b.diagonal, a.mixed + b.mixed, a.product + b.product, a.changed + b.changed
    );
}

// The coefficients of a.I + b over 16 times the codes.
fn in_codes(coding: Coding, a: vec3f, b: f32) -> vec4f {
    let green = a.g / (1.0 - coding.kr - coding.kb);
    let y = (a.r + a.g + a.b) / coding.luma;
    let cb = 2.0 * (1.0 - coding.kb) / coding.chroma * (a.b - coding.kb * green);
    let cr = 2.0 * (1.0 - coding.kr) / coding.chroma * (a.r - coding.kr * green);
    return vec4f(vec3f(y, cb, cr) / 16.0, b - coding.black * y - 128.0 * (cb + cr));
}

// Noise reaches alpha through the colour, as n times the slope. Where luma around has changed by no more than
// noise does (d: its mean change), a larger change of alpha is the model's noise, and the tolerance is wider.
fn confidence_of(slope: f32, n: f32, d: f32) -> vec2f {
    let calm = 1.0 - smoothstep(1.3 * n, 1.8 * n, d);
    let explained = mix(5.8, 10.0, calm) * n * slope + mix(0.05, 0.2, calm);
    return vec2f(1.0 / explained, 1.0 - smoothstep(2.0 * n + 0.002, 4.0 * n + 0.004, d));
}

fn put(at: vec2i, size: vec2i, about: vec4f, sum: Moments, learnt: vec2f) {
    if any(at >= size) { return; }
    let mean = sum.mean / 9.0;
    let i = mean.rgb;
    let s = inverse(Symmetric(sum.diagonal / 9.0 - i * i + EPS, sum.mixed / 9.0 - i.rrg * i.gbb));
    let covariance = sum.product.rgb / 9.0 - i * mean.a;
    let variance = sum.product.a / 9.0 - mean.a * mean.a;
    let a = apply(s, covariance);
    let b = mean.a + about.a - dot(a, i + about.rgb);
    let c = smoothstep(0.5, 0.9, explained(a, covariance, variance));
    let constant = c * b + (1.0 - c) * saturated(textureLoad(mask, at).r);
    textureStore(coefficients, at, in_codes(params.coding, c * a, constant));
    let confidence_here = confidence_of(c * length(a), learnt.x, sum.changed / 9.0);
    let history = select(0.0, 1.0, learnt.y > 1.5); // there is one from the second frame on
    textureStore(confidence, at, vec4f(confidence_here * vec2f(1.0, history), 0.0, 0.0));
}

// Fills a tile that has just become saturated.
fn fill(tile: vec2u, size: vec2i, value: f32, local: vec2u) {
    for (var y = 0; y < TALL; y++) {
        let at = TILE * vec2i(tile) + vec2i(i32(local.x), TALL * i32(local.y) + y);
        if all(at < size) { textureStore(coefficients, at, vec4f(0.0, 0.0, 0.0, value)); }
    }
}

fn column(at: vec2i, size: vec2i, learnt: vec2f) {
    let middle = min(at + vec2i(0, 1), size - 1);
    let about = vec4f(textureLoad(guide, middle).rgb, saturated(textureLoad(mask, middle).r));
    var above = row(at - vec2i(0, 1), size, about);
    var here = row(at, size, about);
    for (var k = 0; k < TALL; k++) {
        let below = row(at + vec2i(0, k + 1), size, about);
        put(at + vec2i(0, k), size, about, plus(above, plus(here, below)), learnt);
        above = here;
        here = below;
    }
}

@compute @workgroup_size(16, TILE / TALL)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let learnt = noise; // llvmpipe idiom 5
    let size = vec2i(textureDimensions(guide));
    let tiles = tiles_of(group, groups, size);
    let counts = list_tiles(tiles, lane);
    for (var n = 0u; n < counts.y; n++) { fill(tile_to_fill(tiles, n), size, saturated_value(tile_to_fill(tiles, n), tiles), local.xy); }
    for (var n = 0u; n < counts.x; n++) {
        column(TILE * vec2i(tile_to_solve(tiles, n)) + vec2i(i32(local.x), TALL * i32(local.y)), size, learnt);
    }
}
