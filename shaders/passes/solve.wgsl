// One guided solve: makes the mask follow the guide's edges where the guide explains it.
// in:  guide R'G'B' 0..1; its statistics; mask p 0..1
// out: mask 0..1: with q = mix(p, clamp(a.I + b, 0, 1), ss(.2, .6, R2)):
//      mix(ss(.2, top, q), q, ss(.93, 1, R2)) (docs/PICTURE.md, step 4): steepened, except where the colours
//      explain it entirely, as in motion blur; 0 or 1 in saturated tiles (lib/tiles.wgsl)
// The window is 11x11, edges reflected; lib/box_sum.wgsl sums over it.

alias About = vec4f; // I and p of the texel that moments are taken about

// See statistics.wgsl.
struct Statistics {
    first: vec4f,
    second: vec4f,
}

struct Params {
    top: f32,      // q from which on the mask is 1
    interleave: u32,
}

struct Moments {
    with_p: vec4f,    // p I, p
    square: f32,      // p p
}

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> statistics: array<Statistics>;
@group(0) @binding(2) var<storage, read> ninth: array<f32>;
@group(0) @binding(3) var mask: texture_storage_2d<r32float, read>;
@group(0) @binding(4) var solved: texture_storage_2d<r32float, write>;
@group(0) @binding(5) var<storage, read> tile_state: array<u32>;  // see lib/tiles.wgsl
@group(0) @binding(6) var<storage, read> params: Params;

var<workgroup> rows: array<vec4f, 416>;         // 26 rows of 16 sums
var<workgroup> rows_square: array<f32, 416>;

fn plus(a: Moments, b: Moments) -> Moments {
    return Moments(a.with_p + b.with_p, a.square + b.square);
}

// I and p of a texel.
fn load(at: vec2i) -> vec4f {
    return vec4f(textureLoad(guide, at).rgb, saturated(textureLoad(mask, at).r));
}

// Moments of one texel about the values of another.
fn texel(at: vec2i, size: vec2i, about: vec4f) -> Moments {
    let v = load(reflect_into(at, size)) - about;
    return Moments(vec4f(v.rgb * v.a, v.a), v.a * v.a);
}

fn row_sum(i: i32) -> Moments {
    return Moments(rows[i], rows_square[i]);
}

fn store_row_sum(i: i32, sum: Moments) {
    rows[i] = sum.with_p;
    rows_square[i] = sum.square;
}

fn put(at: vec2i, size: vec2i, about: vec4f, sum: Moments) {
    if any(at >= size) { return; }
    let i = at.y * size.x + at.x;
    let known = statistics[i];
    let mean_i = known.first.rgb - about.rgb;
    let mean_p = sum.with_p.a / 121.0;
    let covariance = sum.with_p.rgb / 121.0 - mean_i * mean_p;
    let variance = sum.square / 121.0 - mean_p * mean_p;
    let a = apply(Symmetric(vec3f(known.first.w, known.second.xy), vec3f(known.second.zw, ninth[i])), covariance);
    let here = load(at);
    let line = clamp(dot(a, here.rgb - known.first.rgb) + mean_p + about.a, 0.0, 1.0);
    let r2 = explained(a, covariance, variance);
    let q = mix(here.a, line, smoothstep(0.2, 0.6, r2));
    let steep = mix(smoothstep(0.2, params.top, q), q, smoothstep(0.93, 1.0, r2));
    textureStore(solved, at, vec4f(steep, 0.0, 0.0, 0.0));
}

fn fill(tile: vec2u, size: vec2i, value: f32, local: vec2u) {
    for (var y = i32(local.y); y < TILE; y += THREADS_Y) {
        let at = TILE * vec2i(tile) + vec2i(i32(local.x), y);
        if all(at < size) { textureStore(solved, at, vec4f(value, 0.0, 0.0, 0.0)); }
    }
}

@compute @workgroup_size(16, THREADS_Y)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let size = vec2i(textureDimensions(guide));
    let tiles = tiles_of(group, groups, size);
    let counts = list_tiles(tiles, lane);
    for (var n = 0u; n < counts.y; n++) { fill(tile_to_fill(tiles, n), size, saturated_value(tile_to_fill(tiles, n), tiles), local.xy); }
    for (var n = 0u; n < counts.x; n++) {
        let origin = vec2i(tile_to_solve(tiles, n)) * TILE;
        let about = load(min(origin + TILE / 2, size - 1));
        sum_rows(origin, size, about, lane);
        workgroupBarrier();
        sum_columns(origin, size, about, local.xy);
        workgroupBarrier();
    }
}
