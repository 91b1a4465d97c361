// The model's mask, amended where the room behind it is known.
// in:  guide R'G'B' G; the model's mask p 0..1; cells and counts of the room (lib/room.wgsl): M, with the gain,
//      and V; sight: like, tv, near
// out: mask 0..1. Where the cell is known and p > .004, with v = min(V, .001)/3 + .006^2 + (.012 mean M)^2,
//      d = |G - M|^2 / 3v, m1 = 1 - ss(1, 3, d), m3 = 1 - ss(1, 3, 3x3 mean of d), 0 unless all nine are known,
//      T = tv / (tv + 3e-4), s = clamp(G.M / M.M, .75, 1.08):
//      away = ss(.15, .5, m1 max3x3(m3 max(T, 1 - like))): the cell repeats the room
//      differs = ss(3, 9, |G - s M|^2 / 3 (V/3 + .012^2)) near ss(.02, .04, p): no shadow makes it of the room
//      p' = logistic(logit(clamp(p, .004, .996)) - 10 away + 6 differs); else p
// Edges are reflected. Source: docs/PICTURE.md, "The learnt room".

const THREADS = 256u;
const TILE = 16;
const LEAST = 0.004;
const UNKNOWN = 1e9;
const MOST_VARIED = 0.001; // what flickers, such as a screen, does not repeat the room by being anything

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var mask: texture_storage_2d<r32float, read>;
@group(0) @binding(2) var amended: texture_storage_2d<r32float, write>;
@group(0) @binding(3) var<storage, read> cells: array<vec4f>;
@group(0) @binding(4) var<storage, read> counts: array<u32>;
@group(0) @binding(5) var<storage, read> sight: array<vec4f>;
@group(0) @binding(6) var<storage, read> status: Status;

var<workgroup> distances: array<f32, 400>;  // d of the tile and two cells around
var<workgroup> matches: array<f32, 324>;    // m3 max(T, 1 - like) of the tile and one cell around

fn distance_at(at: vec2i, size: vec2i) -> f32 {
    let place = reflect_into(at, size);
    let i = place.y * size.x + place.x;
    if !is_known(counts[i]) { return UNKNOWN; }
    let cell = cells[i];
    let m = gain_of(status.gain) * cell.rgb;
    let mean = 0.012 * (m.r + m.g + m.b) / 3.0;
    let off = textureLoad(guide, place).rgb - m;
    return dot(off, off) / (3.0 * (min(cell.a, MOST_VARIED) / 3.0 + 0.000036 + mean * mean));
}

// The match of a 3x3 patch whose first distance is number `first`, around `at`.
fn match_at(first: i32, at: vec2i, size: vec2i) -> f32 {
    var sum = 0.0;
    for (var k = 0; k < 9; k++) { sum += distances[first + 20 * (k / 3) + k % 3]; }
    let place = reflect_into(at, size);
    let around = sight[place.y * size.x + place.x];
    return (1.0 - smoothstep(1.0, 3.0, sum / 9.0)) * max(around.y / (around.y + 3e-4), 1.0 - around.x);
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
    var p = 0.0;
    var known = false;
    if inside {
        p = textureLoad(mask, at).r;
        known = p > LEAST && is_known(counts[i]) && status.forget == 0.0 && status.doubt == 0.0;
    }
    if !holds_in_any(lane, known) {
        if inside { textureStore(amended, at, vec4f(p, 0.0, 0.0, 0.0)); }
        return;
    }
    for (var k = i32(lane); k < 400; k += i32(THREADS)) { distances[k] = distance_at(origin + vec2i(k % 20, k / 20) - 2, size); }
    workgroupBarrier();
    for (var k = i32(lane); k < 324; k += i32(THREADS)) {
        let here = vec2i(k % 18, k / 18);
        matches[k] = match_at(20 * here.y + here.x, origin + here - 1, size);
    }
    workgroupBarrier();
    if !inside { return; }
    if known {
        var patches = 0.0;
        for (var k = 0; k < 9; k++) { patches = max(patches, matches[18 * (i32(local.y) + k / 3) + i32(local.x) + k % 3]); }
        let own = 1.0 - smoothstep(1.0, 3.0, distances[20 * (i32(local.y) + 2) + i32(local.x) + 2]);
        let away = smoothstep(0.15, 0.5, own * patches);
        let cell = cells[i];
        let m = gain_of(status.gain) * cell.rgb;
        let g = textureLoad(guide, at).rgb;
        let off = g - clamp(dot(g, m) / (dot(m, m) + 1e-6), 0.75, 1.08) * m;
        let far = dot(off, off) / (3.0 * (cell.a / 3.0 + 0.000144));
        let differs = smoothstep(3.0, 9.0, far) * sight[i].z * smoothstep(0.02, 0.04, p);
        let q = clamp(p, LEAST, 1.0 - LEAST);
        p = 1.0 / (1.0 + (1.0 - q) / q * exp(10.0 * away - 6.0 * differs));
    }
    textureStore(amended, at, vec4f(p, 0.0, 0.0, 0.0));
}
