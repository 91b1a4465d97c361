// What the guided solves need to know of the guide alone: once a frame, for both.
// in:  guide R'G'B' 0..1
// out: for each texel, over the 11x11 window around it (edges reflected): mean, and (covariance + 3e-5)^-1
// A workgroup stages 26x18 texels, adds rows of 11, then columns of 11.

const R = 5;                 // window radius
const EPS = 3e-5;            // PICTURE step 4
const TILE = vec2i(16, 8);
const STAGED = vec2i(26, 18); // TILE + 2R
const THREADS = 128u;

struct Statistics {
    mean: vec4f,       // rgb, unused
    diagonal: vec4f,   // inverse covariance rr gg bb, unused
    mixed: vec4f,      // rg rb gb, unused
}

@group(0) @binding(0) var guide: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> statistics: array<Statistics>;

// Three scalars a texel rather than a padded vec3: with the row sums this stays below 16 KB.
var<workgroup> red: array<f32, 468>;
var<workgroup> green: array<f32, 468>;
var<workgroup> blue: array<f32, 468>;
var<workgroup> row_mean: array<array<f32, 3>, 288>;
var<workgroup> row_square: array<array<f32, 6>, 288>;

@compute @workgroup_size(16, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
    let size = vec2i(textureDimensions(guide));
    let origin = vec2i(group.xy) * TILE;
    // Moments about a texel of the tile: covariance does not mind, and f32 keeps its digits.
    let about = textureLoad(guide, min(origin + TILE / 2, size - 1), 0).rgb;
    for (var i = lane; i < 468u; i += THREADS) {
        let at = reflect_into(origin - R + vec2i(i32(i) % STAGED.x, i32(i) / STAGED.x), size);
        let v = textureLoad(guide, at, 0).rgb - about;
        red[i] = v.r;
        green[i] = v.g;
        blue[i] = v.b;
    }
    workgroupBarrier();
    for (var i = lane; i < 288u; i += THREADS) {
        let first = (i / 16u) * 26u + i % 16u;
        var mean = vec3f(0.0);
        var diagonal = vec3f(0.0);
        var mixed = vec3f(0.0);
        for (var k = 0u; k < 11u; k++) {
            let v = vec3f(red[first + k], green[first + k], blue[first + k]);
            mean += v;
            diagonal += v * v;
            mixed += v.xxy * v.yzz;
        }
        row_mean[i] = array<f32, 3>(mean.x, mean.y, mean.z);
        row_square[i] = array<f32, 6>(diagonal.x, diagonal.y, diagonal.z, mixed.x, mixed.y, mixed.z);
    }
    workgroupBarrier();
    let at = origin + vec2i(local.xy);
    if any(at >= size) { return; }
    var mean = vec3f(0.0);
    var diagonal = vec3f(0.0);
    var mixed = vec3f(0.0);
    for (var k = 0u; k < 11u; k++) {
        let i = (local.y + k) * 16u + local.x;
        mean += vec3f(row_mean[i][0], row_mean[i][1], row_mean[i][2]);
        diagonal += vec3f(row_square[i][0], row_square[i][1], row_square[i][2]);
        mixed += vec3f(row_square[i][3], row_square[i][4], row_square[i][5]);
    }
    mean /= 121.0;
    let s = inverse(Symmetric(diagonal / 121.0 - mean * mean + EPS, mixed / 121.0 - mean.xxy * mean.yzz));
    statistics[at.y * size.x + at.x] =
        Statistics(vec4f(mean + about, 0.0), vec4f(s.diagonal, 0.0), vec4f(s.mixed, 0.0));
}
