// The person before another picture, whose light falls around the person's edge.
// in:  YUYV words of the frame; alphas; room: R'G'B' of the blurred room B, and D, how much of what is around is room
//      (0..1); picture: YUYV words of R, coded as the frame; light: R'G'B' of R, blurred (W); strength k, 0..1
// out: YUYV words:  P' + (1 - alpha) R,  P = clamp(I - (1 - alpha) B, 0, alpha)   (PICTURE step 10)
//      light stays:  P' = P
//      light wraps:  l = k min(1, 2 D) W;  with F = P / alpha, the person's own colour:
//        screen:  F' = 1 - (1 - F) (1 - l), so P' = alpha F' = P + (alpha - P) l
//        dodge:   F' = min(1, F + l),       so P' = min(alpha, P + alpha l)
// D is (1 - alpha)^4 under the blur of B: at a straight edge it is a half and the light whole, and it falls inwards as
// the blur does. k = 0 gives what no wrapping gives. Source: light wrapping as compositors know it (Brinkmann, The Art
// and Science of Digital Compositing, 2nd ed., ch. 11); screen and dodge as Volcomix has them, but their light is sharp.
// A pair without any person is the picture's word; a pair all person keeps its own where the light is less than half a
// code of 255.

const FAINT = vec3f(1.0 / 510.0);

struct Params {
    coding: Coding,
    frame: vec2u,
    strength: f32,
    dodge: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var room: texture_2d<f32>;
@group(0) @binding(3) var<storage, read> picture: array<u32>;
@group(0) @binding(4) var light: texture_2d<f32>;
@group(0) @binding(5) var<storage, read_write> packed: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

fn replaced(colour: vec3f, a: f32, behind: vec3f, instead: vec3f, l: vec3f) -> vec3f {
    var person = clamp(colour - (1.0 - a) * behind, vec3f(0.0), vec3f(a));
    if LIGHT_WRAPS {
        let screen = person + (a - person) * l;
        let dodge = min(vec3f(a), person + a * l);
        person = select(screen, dodge, params.dodge == 1u);
    }
    return person + (1.0 - a) * instead;
}

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    let texels = textureDimensions(room);
    if id.x >= width || id.y > texels.y { return; }
    let strip = strip_of(id.xy, params.frame, texels);
    let above = across(room, strip, strip.above);
    let below = across(room, strip, strip.above + 1);
    var light_above = above;
    var light_below = below;
    if LIGHT_WRAPS {
        light_above = across(light, strip, strip.above);
        light_below = across(light, strip, strip.above + 1);
    }
    for (var y = strip.first; y < strip.end; y++) {
        let t = place(vec2u(0u, y), params.frame, texels).y - f32(strip.above);
        let behind = between(above, below, t);
        let bright = between(light_above, light_below, t);
        let la = params.strength * min(1.0, 2.0 * behind.a.a) * bright.a.rgb;
        let lb = params.strength * min(1.0, 2.0 * behind.b.a) * bright.b.rgb;
        let i = y * width + id.x;
        let a = unpack2x16unorm(alpha[i]);
        let pair = unpack_pair(params.coding, yuyv[i]);
        let instead = unpack_pair(params.coding, picture[i]);
        let mixed = pack_pair(params.coding, Pair(
            replaced(pair.a, a.x, behind.a.rgb, instead.a, la),
            replaced(pair.b, a.y, behind.b.rgb, instead.b, lb),
        ));
        let is_lit = LIGHT_WRAPS && any(max(la, lb) >= FAINT);
        let person = select(mixed, yuyv[i], alpha[i] == 0xffffffffu && !is_lit);
        packed[i] = select(person, picture[i], alpha[i] == 0u);
    }
}
