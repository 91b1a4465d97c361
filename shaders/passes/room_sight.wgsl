// What the learnt room needs of each cell's surroundings, before the camera's gain is known.
// in:  guide R'G'B' G; the model's mask p 0..1; the refined mask of the frame before; cells and counts of the
//      room (lib/room.wgsl), with M the room's colour under the gain of the frame before
// out: sight: for each cell
//      like: exp(-1/2 |G - m|^2 / (3 s)), m the mean of G over 17x17 cells with the weights p^2, s = its mean
//            variance + .02^2: 1 where the cell has the person's colours
//      tv: the sum of M's variances in 5x5 cells, the room's texture
//      near: 1 where p > .5 within 3 cells
//      visible: 1 where the cell is known and both masks are below .05 within 4 cells
// Edges are reflected. Where no cell of a tile is known, all are 0: nothing reads them.
// Source: docs/PICTURE.md, "The learnt room".

const THREADS = 256u;
const TILE = 16;
const HALO = 8;

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var mask: texture_storage_2d<r32float, read>;
@group(0) @binding(2) var last: texture_storage_2d<r32float, read>;
@group(0) @binding(3) var<storage, read> cells: array<vec4f>;
@group(0) @binding(4) var<storage, read> counts: array<u32>;
@group(0) @binding(5) var<storage, read> status: Status;
@group(0) @binding(6) var<storage, read_write> sight: array<vec4f>;

// 32 rows of 16 sums over 17 cells of a row.
var<workgroup> colours: array<vec4f, 512>;  // p^2 G, p^2
var<workgroup> squares: array<f32, 512>;    // p^2 |G|^2
var<workgroup> most: array<vec2f, 512>;     // the largest of both masks within 4, of p within 3

fn sum_row(i: i32, origin: vec2i, size: vec2i) {
    let at = origin + vec2i(i % TILE, i / TILE - HALO);
    var colour = vec4f(0.0);
    var square = 0.0;
    var largest = vec2f(0.0);
    for (var dx = -HALO; dx <= HALO; dx++) {
        let place = reflect_into(at + vec2i(dx, 0), size);
        let g = textureLoad(guide, place).rgb;
        let p = textureLoad(mask, place).r;
        let w = p * p;
        colour += w * vec4f(g, 1.0);
        square += w * dot(g, g);
        if abs(dx) <= 4 { largest.x = max(largest.x, max(p, textureLoad(last, place).r)); }
        if abs(dx) <= 3 { largest.y = max(largest.y, p); }
    }
    colours[i] = colour;
    squares[i] = square;
    most[i] = largest;
}

// The sum of the variances of M around a cell, about its own colour.
fn texture_around(at: vec2i, size: vec2i) -> f32 {
    let gain = gain_of(status.gain);
    let about = cells[at.y * size.x + at.x].rgb;
    var sum = vec3f(0.0);
    var square = vec3f(0.0);
    for (var k = 0; k < 25; k++) {
        let place = reflect_into(at + vec2i(k % 5, k / 5) - 2, size);
        let v = gain * (cells[place.y * size.x + place.x].rgb - about);
        sum += v;
        square += v * v;
    }
    let mean = sum / 25.0;
    let variance = max(square / 25.0 - mean * mean, vec3f(0.0));
    return variance.r + variance.g + variance.b;
}

@compute @workgroup_size(16, 16)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let size = vec2i(textureDimensions(guide));
    let origin = TILE * vec2i(group.xy);
    let at = origin + vec2i(local.xy);
    let inside = all(at < size);
    let i = at.y * size.x + at.x;
    var known = false;
    if inside { known = is_known(counts[i]); }
    if !holds_in_any(lane, known) {
        if inside { sight[i] = vec4f(0.0); }
        return;
    }
    sum_row(i32(lane), origin, size);
    sum_row(i32(lane + THREADS), origin, size);
    workgroupBarrier();
    if !inside { return; }
    var colour = vec4f(0.0);
    var square = 0.0;
    var largest = vec2f(0.0);
    for (var dy = 0; dy <= 2 * HALO; dy++) {
        let k = TILE * (i32(local.y) + dy) + i32(local.x);
        colour += colours[k];
        square += squares[k];
        let far = abs(dy - HALO);
        if far <= 4 { largest.x = max(largest.x, most[k].x); }
        if far <= 3 { largest.y = max(largest.y, most[k].y); }
    }
    let n = colour.a / 289.0 + 1e-4;
    let m = colour.rgb / 289.0 / n;
    let s = max(square / 289.0 / n - dot(m, m), 0.0) / 3.0 + 0.0004;
    let off = textureLoad(guide, at).rgb - m;
    sight[i] = vec4f(
        exp(-0.5 * dot(off, off) / (3.0 * s)),
        texture_around(at, size),
        select(0.0, 1.0, largest.y > 0.5),
        select(0.0, 1.0, known && largest.x < 0.05),
    );
}
