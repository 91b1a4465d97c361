// Shows the mask itself.
// in:  YUYV words of the picture; alpha
// out: YUYV words: alpha as grey; or the picture with its background at half brightness plus half red; or
//      both side by side at half size, the picture on the left, with black bars above and below

const MASK = 0u;
const OVERLAY = 1u;

const TINT = vec3f(0.45, 0.05, 0.05); // half of a red, R'G'B'

struct Params {
    coding: Coding,
    frame: vec2u,
    view: u32,       // MASK, OVERLAY, else side by side
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read_write> shown: array<u32>;
@group(0) @binding(3) var<storage, read> params: Params;

fn tinted(rgb: vec3f, a: f32) -> vec3f {
    return mix(0.5 * rgb + TINT, rgb, a);
}

// One pixel of the picture or the mask at half size: the mean of two by two pixels, which are one word wide.
fn side_by_side(at: vec2u) -> vec3f {
    let half = params.frame / 2u;
    let top = (params.frame.y - half.y) / 2u;
    if at.y < top || at.y >= top + half.y { return vec3f(0.0); }
    let right = at.x >= half.x;
    let first = 2u * (at.y - top) * half.x + select(at.x, at.x - half.x, right);
    if right {
        let a = unpack2x16unorm(alpha[first]) + unpack2x16unorm(alpha[first + half.x]);
        return vec3f(0.25 * (a.x + a.y));
    }
    let above = unpack_pair(params.coding, yuyv[first]);
    let below = unpack_pair(params.coding, yuyv[first + half.x]);
    return 0.25 * (above.a + above.b + below.a + below.b);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let i = id.y * words.x + id.x;
    let a = unpack2x16unorm(alpha[i]);
    let own = unpack_pair(params.coding, yuyv[i]);
    var pair = Pair(vec3f(a.x), vec3f(a.y));
    if params.view == OVERLAY {
        pair = Pair(tinted(own.a, a.x), tinted(own.b, a.y));
    } else if params.view != MASK {
        let at = vec2u(2u * id.x, id.y);
        pair = Pair(side_by_side(at), side_by_side(at + vec2u(1u, 0u)));
    }
    shown[i] = pack_pair(params.coding, pair);
}
