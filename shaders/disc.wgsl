// A blur by a disc, as a wide open lens makes it: a bright spot becomes a bright disc.
// in:  sums: running sums of (w l, w) along the rows of a weighted picture, width + 1 a row; the disc's radius in texels
// out: the picture (colour times weight, weight), blurred: of the means of w l and w over the disc, l is the one over the
//      other, and the colour c of that light: c^2 = 1.1 l / (1 + l)   (see prefix.wgsl)
//      eighth: the means of its 8x8 texels, of those that exist at the right and lower edge
// A disc is a stack of spans, each of which is the difference of two sums: linear between them, so that its ends cut
// texels, and clamped edges go on beyond them. Rows are taken where their centres lie in the disc.

struct Params {
    size: vec2i,
    radius: f32,
    padding: f32,
}

@group(0) @binding(0) var<storage, read> sums: array<vec4f>;
@group(0) @binding(1) var soft: texture_storage_2d<rgba16float, write>;
@group(0) @binding(2) var eighth: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> tile: array<vec4f, 64>;

// The sum left of x in the row that begins at `row`; x may be anywhere.
fn up_to(row: i32, x: f32) -> vec4f {
    let i = clamp(i32(floor(x)), 0, params.size.x - 1);
    let left = sums[row + i];
    return left + (x - f32(i)) * (sums[row + i + 1] - left);
}

fn blurred(at: vec2i) -> vec4f {
    let rows = i32(floor(params.radius));
    let middle = f32(at.x) + 0.5;
    var sum = vec4f(0.0);
    var area = 0.0;
    for (var dy = -rows; dy <= rows; dy++) {
        let row = clamp(at.y + dy, 0, params.size.y - 1) * (params.size.x + 1);
        let half = sqrt(max(params.radius * params.radius - f32(dy * dy), 0.0));
        sum += up_to(row, middle + half) - up_to(row, middle - half);
        area += 2.0 * half;
    }
    let m = max(sum / area, vec4f(0.0));
    let light = m.rgb / max(m.a, 1e-6);
    return vec4f(m.a * sqrt(1.1 * light / (1.0 + light)), m.a);
}

@compute @workgroup_size(8, 8)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let at = vec2i(id.xy);
    var own = vec4f(0.0);
    if all(at < params.size) {
        own = blurred(at);
        textureStore(soft, id.xy, own);
    }
    tile[lane] = own;
    workgroupBarrier();
    if lane == 0u {
        var mean = vec4f(0.0);
        for (var i = 0u; i < 64u; i++) { mean += tile[i]; }
        let count = min(vec2u(params.size) - 8u * group.xy, vec2u(8u));
        textureStore(eighth, group.xy, mean / f32(count.x * count.y));
    }
}
