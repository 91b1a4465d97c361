// One guided solve: the mask is made to follow the guide's edges, where the guide explains it.
// in:  guide R'G'B' 0..1; its statistics; mask p 0..1
// out: mask 0..1:  ss(.2, .8, mix(p, clamp(a.I + b, 0, 1), ss(.2, .6, R2)))   (PICTURE step 4)
// The window is 11x11, edges reflected; staged and added like statistics.wgsl.

const R = 5;
const TILE = vec2i(16, 8);
const STAGED = vec2i(26, 18);
const THREADS = 128u;

struct Statistics {
    mean: vec4f,
    diagonal: vec4f,
    mixed: vec4f,
}

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<Statistics>;
@group(0) @binding(2) var mask: texture_2d<f32>;
@group(0) @binding(3) var solved: texture_storage_2d<r32float, write>;

var<workgroup> staged: array<vec4f, 468>;    // I - about, p - about
var<workgroup> row: array<vec4f, 288>;       // sums of p I, p
var<workgroup> row_square: array<f32, 288>;  // sums of p p

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
    let size = vec2i(textureDimensions(guide));
    let origin = vec2i(group.xy) * TILE;
    let centre = min(origin + TILE / 2, size - 1);
    let about = vec4f(textureLoad(guide, centre, 0).rgb, textureLoad(mask, centre, 0).r);
    for (var i = lane; i < 468u; i += THREADS) {
        let at = reflect_into(origin - R + vec2i(i32(i) % STAGED.x, i32(i) / STAGED.x), size);
        staged[i] = vec4f(textureLoad(guide, at, 0).rgb, textureLoad(mask, at, 0).r) - about;
    }
    workgroupBarrier();
    for (var i = lane; i < 288u; i += THREADS) {
        let first = (i / 16u) * 26u + i % 16u;
        var sum = vec4f(0.0);
        var square = 0.0;
        for (var k = 0u; k < 11u; k++) {
            let v = staged[first + k];
            sum += vec4f(v.rgb * v.a, v.a);
            square += v.a * v.a;
        }
        row[i] = sum;
        row_square[i] = square;
    }
    workgroupBarrier();
    let at = origin + vec2i(local.xy);
    if any(at >= size) { return; }
    var sum = vec4f(0.0);
    var square = 0.0;
    for (var k = 0u; k < 11u; k++) {
        let i = (local.y + k) * 16u + local.x;
        sum += row[i];
        square += row_square[i];
    }
    let known = statistics[at.y * size.x + at.x];
    let mean_i = known.mean.rgb - about.rgb;
    let mean_p = sum.a / 121.0;
    let covariance = sum.rgb / 121.0 - mean_i * mean_p;
    let variance = square / 121.0 - mean_p * mean_p;
    let a = apply(Symmetric(known.diagonal.xyz, known.mixed.xyz), covariance);
    let here = staged[(local.y + 5u) * 26u + local.x + 5u];
    let q = clamp(dot(a, here.rgb - mean_i) + mean_p + about.a, 0.0, 1.0);
    let confidence = smoothstep(0.2, 0.6, explained(a, covariance, variance));
    textureStore(solved, at, vec4f(smoothstep(0.2, 0.8, mix(here.a + about.a, q, confidence)), 0.0, 0.0, 0.0));
}
