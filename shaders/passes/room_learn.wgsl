// Learns the room where nobody is, at mask size.
// in:  guide R'G'B' G, with the change of luma in the fourth channel; the refined mask; alpha; the status
// out: cells and counts of the room (lib/room.wgsl). A cell is sure where the refined mask is below .02 within
//      two cells and the mean of alpha over the cells' pixels below .01 within one; or, while somebody says that
//      nobody is there, where luma changes by less than .04. From the third frame running on it is learnt: with
//      n frames seen before, d = the mean of (G - gain M)^2 over the channels, w = 1 / min(n + 1, 32):
//      n = 0 if d > (.04 + 3 sqrt(V))^2: something was put there;
//      V = 4e-4 if n = 0, else V + (d - V) min(w, .2);  M = M + (G / gain - M) w;  n = min(n + 1, 32)
//      Where the status says so, all that was learnt before is forgotten. While the room is in doubt, nothing is
//      learnt: what is visible would confirm itself.
// Source: docs/PICTURE.md, "The learnt room".

const TILE = 16;
const THREADS = 256u;

struct Params {
    frame: vec2u,
}

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var mask: texture_storage_2d<r32float, read>;
@group(0) @binding(2) var<storage, read> alpha: array<u32>;
@group(0) @binding(3) var<storage, read_write> cells: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> counts: array<u32>;
@group(0) @binding(5) var<storage, read> status: Status;
@group(0) @binding(6) var<storage, read> params: Params;

var<workgroup> alphas: array<f32, 324>; // of the tile and one cell around

// The mean of alpha over the words that a cell touches.
fn alpha_of(cell: vec2i, size: vec2i) -> f32 {
    let at = vec2u(clamp(cell, vec2i(0), size - 1));
    let unit = vec2u(size);
    let width = params.frame.x / 2u;
    let first = at * params.frame / unit;
    let end = ((at + 1u) * params.frame + unit - 1u) / unit;
    let words = vec2u(first.x / 2u, (end.x + 1u) / 2u);
    var sum = 0.0;
    for (var y = first.y; y < end.y; y++) {
        for (var x = words.x; x < words.y; x++) {
            let a = alpha[y * width + min(x, width - 1u)];
            sum += f32(a & 0xffffu) + f32(a >> 16u);
        }
    }
    return sum / (131070.0 * f32((end.y - first.y) * (words.y - words.x)));
}

fn is_nobody_near(at: vec2i, size: vec2i, local: vec2i) -> bool {
    var a = 0.0;
    for (var k = 0; k < 9; k++) { a = max(a, alphas[18 * (local.y + k / 3) + local.x + k % 3]); }
    var p = 0.0;
    for (var k = 0; k < 25; k++) {
        p = max(p, textureLoad(mask, clamp(at + vec2i(k % 5, k / 5) - 2, vec2i(0), size - 1)).r);
    }
    return p < 0.02 && a < 0.01;
}

@compute @workgroup_size(16, 16)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let size = vec2i(textureDimensions(guide));
    let origin = TILE * vec2i(group.xy);
    for (var k = i32(lane); k < 324; k += i32(THREADS)) { alphas[k] = alpha_of(origin + vec2i(k % 18, k / 18) - 1, size); }
    workgroupBarrier();
    let at = origin + vec2i(local.xy);
    if any(at >= size) { return; }
    let i = at.y * size.x + at.x;
    let g = textureLoad(guide, at);
    let sure = is_nobody_near(at, size, vec2i(local.xy)) || (status.ask > 0.0 && g.a < 0.04);
    let before = select(counts[i], 0u, status.forget > 0.0);
    let running = select(0u, min(run(before) + 1u, 255u), sure);
    var n = seen(before);
    let learns = running >= KNOWN && status.doubt == 0.0;
    if learns {
        let cell = cells[i];
        let gain = gain_of(status.gain);
        let off = g.rgb - gain * cell.rgb;
        let d = dot(off, off) / 3.0;
        let most = 0.04 + 3.0 * sqrt(cell.a);
        if d > most * most { n = 0u; }
        if n == 0u {
            cells[i] = vec4f(g.rgb / gain, 4e-4);
        } else {
            let w = 1.0 / f32(min(n + 1u, MOST));
            cells[i] = vec4f(mix(cell.rgb, g.rgb / gain, w), cell.a + (d - cell.a) * min(w, 0.2));
        }
        n = min(n + 1u, MOST);
    }
    counts[i] = n | (running << 8u) | select(0u, 0x10000u, learns);
}
