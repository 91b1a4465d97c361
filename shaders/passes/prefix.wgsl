// Running sums along the rows, so that the sum over any span of a row is the difference of two.
// in:  a weighted picture (colour times weight w, weight)
// out: sums at x of (w l, w) over the texels left of x, from `margin` texels before the picture to as many
//      behind it, where the edge's texel repeats; l is the linear light of colour c, R'G'B' 0..1:
//      l = c^2 / (1.1 - c^2), so that white is twelve times as bright as a grey of half its c^2
// c^2 approximates linear light (a gamma of 2, between sRGB's curve and BT.709's). The denominator undoes a
// camera's highlight compression (Reinhard et al. 2002, equation 3, inverted), since lamps are far brighter
// than white paper.
// A workgroup takes a row, each thread a part of it; the parts' sums are scanned (Hillis and Steele 1986).

struct Params {
    margin: u32,
}

const LANES = 64u;

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var sums: texture_storage_2d<rgba32float, write>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> parts: array<vec4f, LANES>;

fn bright(x: u32, y: u32) -> vec4f {
    let inside = clamp(i32(x) - i32(params.margin), 0, i32(textureDimensions(picture).x) - 1);
    let v = textureLoad(picture, vec2i(inside, i32(y)), 0);
    let c = clamp(v.rgb / max(v.a, 1e-6), vec3f(0.0), vec3f(1.0));
    return vec4f(v.a * c * c / (1.1 - c * c), v.a);
}

@compute @workgroup_size(64, 1)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let y = group.y;
    let width = textureDimensions(picture).x + 2u * params.margin;
    let part = (width + LANES - 1u) / LANES;
    let first = min(lane * part, width);
    let end = min(first + part, width);
    var own = vec4f(0.0);
    for (var x = first; x < end; x++) { own += bright(x, y); }
    parts[lane] = own;
    for (var back = 1u; back < LANES; back *= 2u) {
        workgroupBarrier();
        let before = select(vec4f(0.0), parts[max(lane, back) - back], lane >= back);
        workgroupBarrier();
        parts[lane] += before;
    }
    // parts[lane] now includes its own part and all before it.
    var sum = parts[lane] - own;
    for (var x = first; x < end; x++) {
        textureStore(sums, vec2u(x, y), sum);
        sum += bright(x, y);
    }
    if lane == LANES - 1u { textureStore(sums, vec2u(width, y), parts[lane]); }
}
