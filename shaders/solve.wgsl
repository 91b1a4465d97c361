// One guided solve: the mask is made to follow the guide's edges, where the guide explains it.
// in:  guide R'G'B' 0..1; its statistics; mask p 0..1
// out: mask 0..1:  ss(.2, .8, mix(p, clamp(a.I + b, 0, 1), ss(.2, .6, R2)))   (PICTURE step 4)
// The window is 11x11, edges reflected; added like statistics.wgsl.

const R = 5;
const TILE = 16;
const THREADS = 64u;

struct Statistics {
    mean: vec4f,
    diagonal: vec4f,
    mixed: vec4f,
}

struct Moments {
    with_p: vec4f,    // p I, p
    square: f32,      // p p
}

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<Statistics>;
@group(0) @binding(2) var mask: texture_2d<f32>;
@group(0) @binding(3) var solved: texture_storage_2d<r32float, write>;

var<workgroup> rows: array<vec4f, 416>;         // 26 rows of 16 sums
var<workgroup> rows_square: array<f32, 416>;

fn plus(a: Moments, b: Moments) -> Moments {
    return Moments(a.with_p + b.with_p, a.square + b.square);
}

// I and p of a texel.
fn load(at: vec2i) -> vec4f {
    return vec4f(textureLoad(guide, at, 0).rgb, textureLoad(mask, at, 0).r);
}

// Moments of one texel about another's values.
fn texel(at: vec2i, size: vec2i, about: vec4f) -> Moments {
    let v = load(reflect_into(at, size)) - about;
    return Moments(vec4f(v.rgb * v.a, v.a), v.a * v.a);
}

fn row_sum(i: i32) -> Moments {
    return Moments(rows[i], rows_square[i]);
}

fn keep(i: i32, sum: Moments) {
    rows[i] = sum.with_p;
    rows_square[i] = sum.square;
}

fn put(at: vec2i, size: vec2i, about: vec4f, sum: Moments) {
    if any(at >= size) { return; }
    let known = statistics[at.y * size.x + at.x];
    let mean_i = known.mean.rgb - about.rgb;
    let mean_p = sum.with_p.a / 121.0;
    let covariance = sum.with_p.rgb / 121.0 - mean_i * mean_p;
    let variance = sum.square / 121.0 - mean_p * mean_p;
    let a = apply(Symmetric(known.diagonal.xyz, known.mixed.xyz), covariance);
    let here = load(at);
    let q = clamp(dot(a, here.rgb - known.mean.rgb) + mean_p + about.a, 0.0, 1.0);
    let confidence = smoothstep(0.2, 0.6, explained(a, covariance, variance));
    textureStore(solved, at, vec4f(smoothstep(0.2, 0.8, mix(here.a, q, confidence)), 0.0, 0.0, 0.0));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
    let size = vec2i(textureDimensions(guide));
    let origin = vec2i(group.xy) * TILE;
    let about = load(min(origin + TILE / 2, size - 1));
    for (var i = lane; i < 104u; i += THREADS) { // 26 rows of 16 sums, four at a time
        let row = i32(i / 4u);
        let column = 4 * i32(i % 4u);
        let at = origin + vec2i(column, row) - R;
        var middle = texel(at + vec2i(3, 0), size, about);
        for (var k = 4; k < 11; k++) { middle = plus(middle, texel(at + vec2i(k, 0), size, about)); }
        let t0 = texel(at, size, about);
        let t1 = texel(at + vec2i(1, 0), size, about);
        let t2 = texel(at + vec2i(2, 0), size, about);
        let t11 = texel(at + vec2i(11, 0), size, about);
        let t12 = texel(at + vec2i(12, 0), size, about);
        let t13 = texel(at + vec2i(13, 0), size, about);
        let to = TILE * row + column;
        keep(to, plus(middle, plus(t0, plus(t1, t2))));
        keep(to + 1, plus(middle, plus(t1, plus(t2, t11))));
        keep(to + 2, plus(middle, plus(t2, plus(t11, t12))));
        keep(to + 3, plus(middle, plus(t11, plus(t12, t13))));
    }
    workgroupBarrier();
    let column = i32(local.x);
    let row = 4 * i32(local.y);
    let first = TILE * row + column;
    var middle = row_sum(first + 3 * TILE);
    for (var k = 4; k < 11; k++) { middle = plus(middle, row_sum(first + k * TILE)); }
    let t0 = row_sum(first);
    let t1 = row_sum(first + TILE);
    let t2 = row_sum(first + 2 * TILE);
    let t11 = row_sum(first + 11 * TILE);
    let t12 = row_sum(first + 12 * TILE);
    let t13 = row_sum(first + 13 * TILE);
    let at = origin + vec2i(column, row);
    put(at, size, about, plus(middle, plus(t0, plus(t1, t2))));
    put(at + vec2i(0, 1), size, about, plus(middle, plus(t1, plus(t2, t11))));
    put(at + vec2i(0, 2), size, about, plus(middle, plus(t2, plus(t11, t12))));
    put(at + vec2i(0, 3), size, about, plus(middle, plus(t11, plus(t12, t13))));
}
