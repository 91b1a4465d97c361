// What the guided solves need to know of the guide alone: once a frame, for both.
// in:  guide R'G'B' 0..1
// out: for each texel, over the 11x11 window around it (edges reflected): mean, and (covariance + 3e-5)^-1
// A workgroup adds rows of 11 texels, then columns of 11 row sums, for 16x16 texels. A thread makes four neighbouring
// sums at a time: eight of their terms are the same, so it loads 14, not 44.

const R = 5;                 // window radius
const EPS = 3e-5;            // PICTURE step 4
const TILE = 16;
const THREADS = 64u;

struct Statistics {
    mean: vec4f,       // rgb, unused
    diagonal: vec4f,   // inverse covariance rr gg bb, unused
    mixed: vec4f,      // rg rb gb, unused
}

struct Moments {
    mean: vec3f,       // r g b
    diagonal: vec3f,   // rr gg bb
    mixed: vec3f,      // rg rb gb
}

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> statistics: array<Statistics>;

// 26 rows of 16 sums, nine scalars each, as padded vec3f would be more than 16 KB.
var<workgroup> rows_a: array<vec4f, 416>;   // r g b, rg
var<workgroup> rows_b: array<vec4f, 416>;   // rr gg bb, rb
var<workgroup> rows_c: array<f32, 416>;     // gb

fn plus(a: Moments, b: Moments) -> Moments {
    return Moments(a.mean + b.mean, a.diagonal + b.diagonal, a.mixed + b.mixed);
}

// Moments of one texel about another: covariance does not mind, and f32 keeps its digits.
fn texel(at: vec2i, size: vec2i, about: vec3f) -> Moments {
    let v = textureLoad(guide, reflect_into(at, size), 0).rgb - about;
    return Moments(v, v * v, v.xxy * v.yzz);
}

fn row_sum(i: i32) -> Moments {
    let a = rows_a[i];
    let b = rows_b[i];
    return Moments(a.xyz, b.xyz, vec3f(a.w, b.w, rows_c[i]));
}

fn keep(i: i32, m: Moments) {
    rows_a[i] = vec4f(m.mean, m.mixed.x);
    rows_b[i] = vec4f(m.diagonal, m.mixed.y);
    rows_c[i] = m.mixed.z;
}

fn put(at: vec2i, size: vec2i, about: vec3f, sum: Moments) {
    if any(at >= size) { return; }
    let mean = sum.mean / 121.0;
    let s = inverse(Symmetric(sum.diagonal / 121.0 - mean * mean + EPS, sum.mixed / 121.0 - mean.xxy * mean.yzz));
    statistics[at.y * size.x + at.x] =
        Statistics(vec4f(mean + about, 0.0), vec4f(s.diagonal, 0.0), vec4f(s.mixed, 0.0));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
    let size = vec2i(textureDimensions(guide));
    let origin = vec2i(group.xy) * TILE;
    let about = textureLoad(guide, min(origin + TILE / 2, size - 1), 0).rgb;
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
