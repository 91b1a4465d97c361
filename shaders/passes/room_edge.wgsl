// The coefficients of alpha, at the person's edge, by what is known of both sides: the person's colours and the room's.
// in:  guide R'G'B' G; the refined mask p 0..1; coefficients over 16 times the camera's codes, q = r Y' + g Cb + b Cr + a;
//      cells and counts of the room (lib/room.wgsl): M, with the gain, V, and t, how far it is trusted
// out: such coefficients. Where the room is trusted and q depends on colour, with w = p^2, F and v the mean and the mean
//      variance of G over 9x9 texels with the weights w, D = F - M, e = ss(0, 1, q) of G:
//      a* = D.(I - M) / D.D: alpha of a colour I between the room's and the person's
//      s = e^2 (v + .02^2) + (1 - e)^2 V + .02^2: the mean square of what else I may be
//      r = G - M - clamp(a*(G), 0, 1) D: how far G is from any mixture of both
//      u = .15^2 max(.001, ss(0, .2, e) ss(0, .2, 1 - e)) D.D / 3s exp(-r.r / 18s) min(1, sum of w / 4) t
//      q' = q + (.5 + (a* - .5) / 1.1 - q) u / (1 + u)
//      which is the mean of two normal distributions: the mask's own alpha, whose deviation is at most .15, and a*.
//      1.1 brings a* to q, whose smoothstep is alpha.
// Edges are reflected. Source: docs/PICTURE.md, "The learnt room".

const THREADS = 256u;
const TILE = 16;
const HALO = 4;
const SLOPE = 1.1;
const OTHER = 0.0004;   // .02^2

struct Params {
    coding: Coding,
}

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var mask: texture_storage_2d<r32float, read>;
@group(0) @binding(2) var coefficients: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var edged: texture_storage_2d<rgba32float, write>;
@group(0) @binding(4) var<storage, read> cells: array<vec4f>;
@group(0) @binding(5) var<storage, read> counts: array<u32>;
@group(0) @binding(6) var<storage, read> status: Status;
@group(0) @binding(7) var<storage, read> params: Params;

// 24 rows of 16 sums over nine texels of a row.
var<workgroup> colours: array<vec4f, 384>;  // w G, w
var<workgroup> squares: array<f32, 384>;    // w |G|^2

fn sum_row(i: i32, origin: vec2i, size: vec2i) {
    let at = origin + vec2i(i % TILE, i / TILE - HALO);
    var colour = vec4f(0.0);
    var square = 0.0;
    for (var dx = -HALO; dx <= HALO; dx++) {
        let place = reflect_into(at + vec2i(dx, 0), size);
        let g = textureLoad(guide, place).rgb;
        let p = textureLoad(mask, place).r;
        colour += p * p * vec4f(g, 1.0);
        square += p * p * dot(g, g);
    }
    colours[i] = colour;
    squares[i] = square;
}

// The coefficients of a.I + b over 16 times the codes.
fn in_codes(a: vec3f, b: f32) -> vec4f {
    let coding = params.coding;
    let green = a.g / (1.0 - coding.kr - coding.kb);
    let y = (a.r + a.g + a.b) / coding.luma;
    let cb = 2.0 * (1.0 - coding.kb) / coding.chroma * (a.b - coding.kb * green);
    let cr = 2.0 * (1.0 - coding.kr) / coding.chroma * (a.r - coding.kr * green);
    return vec4f(vec3f(y, cb, cr) / 16.0, b - coding.black * y - 128.0 * (cb + cr));
}

fn with_both_sides(c: vec4f, g: vec3f, colour: vec4f, square: f32, cell: vec4f, t: f32) -> vec4f {
    let e = smoothstep(0.0, 1.0, dot(c, vec4f(16.0 * codes_from_rgb(params.coding, g), 1.0)));
    let n = max(colour.a, 1e-6);
    let person = colour.rgb / n;
    let v = max(square / n - dot(person, person), 0.0) / 3.0;
    let room = gain_of(status.gain) * cell.rgb;
    let d = person - room;
    let far = dot(d, d) + 1e-6;
    let s = e * e * (v + OTHER) + (1.0 - e) * (1.0 - e) * cell.a + OTHER;
    let off = g - room;
    let r = off - clamp(dot(off, d) / far, 0.0, 1.0) * d;
    let own = 0.0225 * max(0.001, smoothstep(0.0, 0.2, e) * smoothstep(0.0, 0.2, 1.0 - e));
    let u = own * far / (3.0 * s) * exp(-dot(r, r) / (18.0 * s)) * min(1.0, 0.25 * colour.a) * t;
    let a = d / (far * SLOPE);
    return mix(c, in_codes(a, 0.5 - 0.5 / SLOPE - dot(a, room)), u / (1.0 + u));
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
    var c = vec4f(0.0);
    var t = 0.0;
    if inside {
        c = textureLoad(coefficients, at);
        if any(c.rgb != vec3f(0.0)) && status.forget == 0.0 { t = trust(counts[i], status.doubt); }
    }
    if !holds_in_any(lane, t > 0.0) {
        if inside { textureStore(edged, at, c); }
        return;
    }
    for (var k = i32(lane); k < 384; k += i32(THREADS)) { sum_row(k, origin, size); }
    workgroupBarrier();
    if !inside { return; }
    if t > 0.0 {
        var colour = vec4f(0.0);
        var square = 0.0;
        for (var dy = 0; dy <= 2 * HALO; dy++) {
            let k = TILE * (i32(local.y) + dy) + i32(local.x);
            colour += colours[k];
            square += squares[k];
        }
        c = with_both_sides(c, textureLoad(guide, at).rgb, colour, square, cells[i], t);
    }
    textureStore(edged, at, c);
}
