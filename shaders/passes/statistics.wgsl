// The guide's statistics for both guided solves, once a frame; and which tiles of the mask are saturated.
// in:  guide R'G'B' 0..1; mask p 0..1
// out: for each texel, over the 11x11 window around it (edges reflected): mean, and (covariance + 3e-5)^-1
//      for each tile of 16x16 texels, its state (lib/tiles.wgsl); in a saturated tile the statistics stay as
//      they were
// lib/box_sum.wgsl sums over the window.

const EPS = 3e-5; // docs/PICTURE.md, step 4

alias About = vec3f; // the colour that moments are taken about

// Eight of nine numbers. The ninth has a buffer of its own: reading one f32 takes a third of the time of
// reading a vec4f.
struct Statistics {
    first: vec4f,    // mean r g b, inverse covariance rr
    second: vec4f,   // gg bb, rg rb
}

struct Params {
    interleave: u32,
    reach: u32,   // texels around a tile on which its result depends, at most 20
}

struct Moments {
    mean: vec3f,       // r g b
    diagonal: vec3f,   // rr gg bb
    mixed: vec3f,      // rg rb gb
}

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read_write> statistics: array<Statistics>;
@group(0) @binding(2) var<storage, read_write> ninth: array<f32>; // gb
@group(0) @binding(3) var mask: texture_storage_2d<r32float, read>;
@group(0) @binding(4) var<storage, read_write> tile_state: array<u32>;  // see lib/tiles.wgsl
@group(0) @binding(5) var<storage, read> params: Params;

// 26 rows of 16 sums of nine scalars: padded vec3f would exceed 16 KB.
var<workgroup> rows_a: array<vec4f, 416>;   // r g b, rg
var<workgroup> rows_b: array<vec4f, 416>;   // rr gg bb, rb
var<workgroup> rows_c: array<f32, 416>;     // gb

fn plus(a: Moments, b: Moments) -> Moments {
    return Moments(a.mean + b.mean, a.diagonal + b.diagonal, a.mixed + b.mixed);
}

// Moments of one texel about the colour of another: covariance is the same, and f32 keeps its digits.
fn texel(at: vec2i, size: vec2i, about: vec3f) -> Moments {
    let v = textureLoad(guide, reflect_into(at, size)).rgb - about;
    return Moments(v, v * v, v.xxy * v.yzz);
}

fn row_sum(i: i32) -> Moments {
    let a = rows_a[i];
    let b = rows_b[i];
    return Moments(a.xyz, b.xyz, vec3f(a.w, b.w, rows_c[i]));
}

fn store_row_sum(i: i32, m: Moments) {
    rows_a[i] = vec4f(m.mean, m.mixed.x);
    rows_b[i] = vec4f(m.diagonal, m.mixed.y);
    rows_c[i] = m.mixed.z;
}

fn put(at: vec2i, size: vec2i, about: vec3f, sum: Moments) {
    if any(at >= size) { return; }
    let mean = sum.mean / 121.0;
    let s = inverse(Symmetric(sum.diagonal / 121.0 - mean * mean + EPS, sum.mixed / 121.0 - mean.xxy * mean.yzz));
    let i = at.y * size.x + at.x;
    statistics[i] = Statistics(vec4f(mean + about, s.diagonal.x), vec4f(s.diagonal.yz, s.mixed.xy));
    ninth[i] = s.mixed.z;
}

var<workgroup> columns: array<u32, 168>; // the state of each column of texels

// Updates the state of each tile from all texels within reach.
fn update_tile_states(tiles: Tiles, size: vec2i, lane: u32) {
    let side = 16u + 2u * params.reach;
    let origin = TILE * vec2i(tiles.first) - i32(params.reach);
    for (var c = lane; c < 16u * (tiles.count - 1u) + side; c += THREADS) {
        let x = clamp(origin.x + i32(c), 0, size.x - 1);
        var state = ALL_BACKGROUND | ALL_PERSON;
        for (var y = 0; y < i32(side); y++) {
            let p = saturated(textureLoad(mask, vec2i(x, clamp(origin.y + y, 0, size.y - 1))).r);
            state &= select(0u, ALL_BACKGROUND, p == 0.0) | select(0u, ALL_PERSON, p == 1.0);
        }
        columns[c] = state;
    }
    workgroupBarrier();
    if lane < tiles.count {
        var state = ALL_BACKGROUND | ALL_PERSON;
        for (var c = 0u; c < side; c++) { state &= columns[16u * lane + c]; }
        let tile = tile_index(tiles.first + vec2u(lane, 0u), tiles);
        let before = tile_state[tile] & (ALL_BACKGROUND | ALL_PERSON);
        tile_state[tile] = state | select(0u, UNCHANGED, state == before);
    }
    storageBarrier();
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
    if SKIPS { update_tile_states(tiles, size, lane); }
    let counts = list_tiles(tiles, lane);
    for (var n = 0u; n < counts.x; n++) {
        let origin = vec2i(tile_to_solve(tiles, n)) * TILE;
        let about = textureLoad(guide, min(origin + TILE / 2, size - 1)).rgb;
        sum_rows(origin, size, about, lane);
        workgroupBarrier();
        sum_columns(origin, size, about, local.xy);
        workgroupBarrier();
    }
}
