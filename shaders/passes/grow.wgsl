// Grows or shrinks the person by a disc: one direction of two.
// in:  values: alpha, or the output of the first direction, two 16-bit unorms for each YUYV word; alpha
// out: first direction, along the rows: v = max over i of alpha(x + i) - i^2 / (2 r^2); second: the same of v
//      along the columns, then max(alpha, clamp(1/2 + s (v - 1/2), 0, 1)), s = max(r, 1). Beyond the edge there is
//      nothing.
// A pixel of the person at distance d gives 1 - d^2 / (2 r^2), which is 1/2 at distance r in any direction,
// with a slope of 1/r there: the last line steepens it to one pixel. With a radius below a pixel it
// leaves the slope as it is: steepened by less than 1, an alpha of 0 would rise. Shrinking is growing 1 - alpha.
// Source: van den Boomgaard, Dorst, Makram-Ebeid, Schavemaker, Quadratic structuring functions in
// mathematical morphology (1996): dilation by a parabola is isotropic and separable.

struct Params {
    frame: vec2u,
    along: vec2i,    // (1,0), then (0,1)
    reach: i32,      // pixels to either side
    radius: f32,     // r, pixels
    shrink: u32,
    last: u32,       // 1 in the second direction
}

@group(0) @binding(0) var<storage, read> values: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read_write> grown: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

fn value(at: vec2i) -> f32 {
    let pair = unpack2x16unorm(values[u32(at.y) * (params.frame.x / 2u) + u32(at.x) / 2u]);
    let v = select(pair.x, pair.y, at.x % 2 == 1);
    return select(v, 1.0 - v, params.shrink == 1u && params.last == 0u);
}

fn highest(at: vec2i) -> f32 {
    let fall = 0.5 / max(params.radius * params.radius, 1e-6);
    var most = 0.0;
    for (var i = -params.reach; i <= params.reach; i++) {
        let tap = at + i * params.along;
        if all(tap >= vec2i(0)) && all(tap < vec2i(params.frame)) {
            most = max(most, value(tap) - f32(i * i) * fall);
        }
    }
    return most;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let i = id.y * words.x + id.x;
    let at = vec2i(i32(2u * id.x), i32(id.y));
    var v = vec2f(highest(at), highest(at + vec2i(1, 0)));
    if params.last == 1u {
        let a = unpack2x16unorm(alpha[i]);
        let own = select(a, 1.0 - a, params.shrink == 1u);
        v = max(own, clamp(0.5 + max(params.radius, 1.0) * (v - 0.5), vec2f(0.0), vec2f(1.0)));
        v = select(v, 1.0 - v, params.shrink == 1u);
    }
    grown[i] = pack2x16unorm(v);
}
