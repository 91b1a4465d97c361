// The last guided solve, kept as a line to be read at full resolution, and how far that may be steadied there.
// in:  guide R'G'B', |Y' - last Y'| beside it; mask p 0..1; the camera's noise n
// out: line in R'G'B': A = c a, B = c b + (1 - c) p with c = ss(.5, .9, R2): alpha = A.I + B   (PICTURE step 5);
//      written as one in sixteen times the codes: alpha = r Y' + g Cb + b Cr + a
//      trust: 1 / what noise may do to alpha; how still it is, 0..1   (step 7, docs/PICTURE.md). 0 in a first frame
// The window is 3x3, edges reflected. A workgroup does tiles of 16x16, a thread four texels of a column, which share their
// rows of three. In tiles that the model is sure of (lib/tiles.wgsl) the line is 0 or 1, and trust is what it was: nobody
// asks for it.

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
@group(0) @binding(5) var<storage, read> tile_state: array<u32>;  // of each tile
@group(0) @binding(6) var<storage, read> params: Params;

struct Moments {
    mean: vec4f,       // I, p
    diagonal: vec3f,   // I I
    mixed: vec3f,
    product: vec4f,    // p I, p p
    changed: f32,
}

// Three texels of a row about a colour and a p near them: f32 keeps its digits.
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

// The line a.I + b as one in sixteen times the codes.
fn in_codes(coding: Coding, a: vec3f, b: f32) -> vec4f {
    let green = a.g / (1.0 - coding.kr - coding.kb);
    let y = (a.r + a.g + a.b) / coding.luma;
    let cb = 2.0 * (1.0 - coding.kb) / coding.chroma * (a.b - coding.kb * green);
    let cr = 2.0 * (1.0 - coding.kr) / coding.chroma * (a.r - coding.kr * green);
    return vec4f(vec3f(y, cb, cr) / 16.0, b - coding.black * y - 128.0 * (cb + cr));
}

// What noise may do to alpha: n times the slope reaches it through the camera's colour. Where the room around has changed
// no more than noise does (d: the mean change of luma), a larger change is the model's.
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
    let history = select(0.0, 1.0, learnt.y > 1.5); // from the second frame on
    textureStore(confidence, at, vec4f(confidence_here * vec2f(1.0, history), 0.0, 0.0));
}

// What the model has become sure of.
fn fill(tile: vec2u, size: vec2i, value: f32, local: vec2u) {
    for (var y = 0; y < 4; y++) {
        let at = TILE * vec2i(tile) + vec2i(i32(local.x), 4 * i32(local.y) + y);
        if all(at < size) { textureStore(coefficients, at, vec4f(0.0, 0.0, 0.0, value)); }
    }
}

fn column(at: vec2i, size: vec2i, learnt: vec2f) {
    let middle = min(at + vec2i(0, 1), size - 1);
    let about = vec4f(textureLoad(guide, middle).rgb, saturated(textureLoad(mask, middle).r));
    var above = row(at - vec2i(0, 1), size, about);
    var here = row(at, size, about);
    for (var k = 0; k < 4; k++) {
        let below = row(at + vec2i(0, k + 1), size, about);
        put(at + vec2i(0, k), size, about, plus(above, plus(here, below)), learnt);
        above = here;
        here = below;
    }
}

@compute @workgroup_size(16, 4)
fn main(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let learnt = noise; // before any branch: software Vulkan reads it once for all lanes here
    let size = vec2i(textureDimensions(guide));
    let tiles = tiles_of(group, groups, size);
    let counts = list_tiles(tiles, lane);
    for (var n = 0u; n < counts.y; n++) { fill(to_fill[n], size, saturated_value(to_fill[n], tiles), local.xy); }
    for (var n = 0u; n < counts.x; n++) {
        column(TILE * vec2i(to_solve[n]) + vec2i(i32(local.x), 4 * i32(local.y)), size, learnt);
    }
}
