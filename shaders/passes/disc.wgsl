// A blur by a disc in linear light, as a wide open lens blurs: a bright spot becomes a bright disc.
// in:  sums: running sums of (w l, w) along the rows of a weighted picture (prefix.wgsl); the disc's radius
//      in texels
// out: the picture (colour times weight, weight), blurred: from the means of w l and w over the disc, light l
//      is their quotient and its colour c follows from c^2 = 1.1 l / (1 + l), the inverse of prefix.wgsl's
//      eighth: means of its 8x8 texels; at the right and lower edge, of the texels that exist
// The disc is a stack of spans, one for each row whose centre it covers. A span's sum is the difference of
// two running sums, interpolated linearly, so that its ends cut texels.
// A thread makes four neighbouring texels: the ends of their spans are neighbours too and cut their texels
// alike.

struct Params {
    size: vec2i,
    radius: f32,
    margin: i32,     // texels that the sums begin before the picture: prefix.wgsl
}

@group(0) @binding(0) var sums: texture_2d<f32>;
@group(0) @binding(1) var blurred: texture_storage_2d<rgba16float, write>;
@group(0) @binding(2) var eighth: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<storage, read> params: Params;

var<workgroup> tile: array<vec4f, 64>; // sums of four texels: [row][column / 4] of 32x8 texels

fn coded(mean: vec4f) -> vec4f {
    let m = max(mean, vec4f(0.0));
    let light = m.rgb / max(m.a, 1e-6);
    return vec4f(m.a * sqrt(1.1 * light / (1.0 + light)), m.a);
}

@compute @workgroup_size(8, 8)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let at = vec2i(i32(4u * id.x), i32(id.y));
    let rows = i32(floor(params.radius));
    let middle = f32(at.x + params.margin) + 0.5;
    var sum = array<vec4f, 4>();
    var area = 0.0;
    for (var dy = -rows; dy <= rows; dy++) {
        let row = clamp(at.y + dy, 0, params.size.y - 1);
        let half = sqrt(max(params.radius * params.radius - f32(dy * dy), 0.0));
        let ends = vec2f(middle - half, middle + half);
        let t = fract(ends);
        let left = vec2i(i32(ends.x), row);
        let right = vec2i(i32(ends.y), row);
        var l = textureLoad(sums, left, 0);
        var r = textureLoad(sums, right, 0);
        for (var k = 0; k < 4; k++) {
            let next_l = textureLoad(sums, left + vec2i(k + 1, 0), 0);
            let next_r = textureLoad(sums, right + vec2i(k + 1, 0), 0);
            sum[k] += mix(r, next_r, t.y) - mix(l, next_l, t.x);
            l = next_l;
            r = next_r;
        }
        area += 2.0 * half;
    }
    var total = vec4f(0.0);
    for (var k = 0; k < 4; k++) {
        let to = at + vec2i(k, 0);
        if all(to < params.size) {
            let own = coded(sum[k] / area);
            textureStore(blurred, to, own);
            total += own;
        }
    }
    tile[lane] = total;
    workgroupBarrier();
    let to = vec2u(4u * group.x + lane, group.y);
    if lane < 4u && all(to < textureDimensions(eighth)) {
        var mean = vec4f(0.0);
        for (var i = 0u; i < 16u; i++) { mean += tile[8u * (i / 2u) + 2u * lane + i % 2u]; }
        let count = min(vec2u(params.size) - 8u * to, vec2u(8u));
        textureStore(eighth, to, mean / f32(count.x * count.y));
    }
}
