// The person over another picture, with that picture's light around the person's edge.
// in:  YUYV words of the frame; alpha; backdrop: R'G'B' of the blurred background B, and in the fourth
//      channel D, how much of the surroundings is background, 0..1; picture: YUYV words of R, coded as the
//      frame; light: R'G'B' of R, blurred (W); gains of R', G' and B'; strength k, 0..1
// out: YUYV words of P' + (1 - alpha) R, with P = alpha f(clamp(I - (1 - alpha) B, 0, alpha) / alpha)
//      (docs/PICTURE.md, step 10) and f the curve of lib/tone.wgsl for the gains; f(v) = v if they are 1
//      without wrapping:  P' = P
//      with wrapping:     l = k min(1, 2 D) W; with F = P / alpha, the person's own colour:
//        screen:  F' = 1 - (1 - F) (1 - l), so P' = alpha F' = P + (alpha - P) l
//        dodge:   F' = min(1, F + l),       so P' = min(alpha, P + alpha l)
// D is (1 - alpha)^4 under the blur of B: at a straight edge it is 1/2 and the light is full, and inwards it
// falls off like the blur. k = 0 equals no wrapping. Source: light wrapping in compositing
// (Brinkmann, The Art and Science of Digital Compositing, 2nd ed., ch. 11); screen and dodge as in Volcomix,
// whose light is sharp.
// A thread takes a strip of one or four words (U, F: lib/vec4.wgsl). WRAP comes from lib/wrap_on.wgsl or
// lib/wrap_off.wgsl. A pair without any person is the picture's word. A pair that is all
// person keeps its own where the light is less than half a code of 255 and all gains are 1.

const FAINT = 1.0 / 510.0;

struct Params {
    coding: Coding,
    frame: vec2u,
    strength: f32,
    dodge: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> alpha: array<U>;
@group(0) @binding(2) var backdrop: texture_storage_2d<rgba16float, read>;
@group(0) @binding(3) var<storage, read> picture: array<U>;
@group(0) @binding(4) var light: texture_storage_2d<rgba16float, read>;
@group(0) @binding(5) var<storage, read> gains: array<f32, 12>;
@group(0) @binding(6) var<storage, read_write> packed: array<U>;
@group(0) @binding(7) var<uniform> params: Params;

const BACKDROP = 0u;
const LIGHT = 1u;

fn texel(plane: u32, at: vec2i) -> vec4f {
    if plane == BACKDROP { return textureLoad(backdrop, at); }
    return textureLoad(light, at);
}

fn replaced(colour: F, a: F, behind: F, instead: F, l: F, gain: f32) -> F {
    var person = a * toned(clamp(colour - (1.0 - a) * behind, F(0.0), a) / max(a, F(1e-6)), gain);
    if WRAP {
        let screen = person + (a - person) * l;
        let dodge = min(a, person + a * l);
        person = select(screen, dodge, params.dodge == 1u);
    }
    return person + (1.0 - a) * instead;
}

fn all_replaced(colour: Colours, a: F, behind: Texels, instead: Colours, l: Colours) -> Colours {
    return Colours(
        replaced(colour.r, a, behind.r, instead.r, l.r, gains[0]),
        replaced(colour.g, a, behind.g, instead.g, l.g, gains[1]),
        replaced(colour.b, a, behind.b, instead.b, l.b, gains[2]),
    );
}

// The light on pixels: weaker where less background is around.
fn light_on(behind: Texels, bright: Texels) -> Colours {
    let k = params.strength * min(F(1.0), 2.0 * behind.a);
    return Colours(k * bright.r, k * bright.g, k * bright.b);
}

fn strongest(l: Colours) -> F {
    return max(l.r, max(l.g, l.b));
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / (2u * WORDS);
    let texels = textureDimensions(backdrop);
    if id.x >= width || id.y > texels.y { return; }
    let strip = strip_of(id.xy, params.frame, texels);
    let lerp = lerp_of(BACKDROP, texels, strip, strip.above);
    var light_lerp = lerp;
    if WRAP { light_lerp = lerp_of(LIGHT, texels, strip, strip.above); }
    let is_plain = select(0u, 1u, gains[0] == 1.0 && gains[1] == 1.0 && gains[2] == 1.0);
    for (var y = strip.first; y < strip.end; y++) {
        let t = place(vec2u(0u, y), params.frame, texels).y - f32(strip.above);
        let behind = sample_at(lerp, t);
        let bright = sample_at(light_lerp, t);
        let on_left = light_on(behind.left, bright.left);
        let on_right = light_on(behind.right, bright.right);
        let i = y * width + id.x;
        let a = alpha[i];
        var bytes = U(0u);
        var instead = U(0u);
        if any(a != U(0u)) { bytes = yuyv[i]; } // llvmpipe idiom 12: most of a frame needs one of the two
        if any(a != U(0xffffffffu)) { instead = picture[i]; }
        let left_picture = clamped(left_of(params.coding, instead));
        let right_picture = clamped(right_of(params.coding, instead));
        let left = all_replaced(left_of(params.coding, bytes), lower_unit(a), behind.left, left_picture, on_left);
        let right = all_replaced(right_of(params.coding, bytes), upper_unit(a), behind.right, right_picture, on_right);
        var is_person = (a == U(0xffffffffu)) & (U(is_plain) != U(0u));
        if WRAP { is_person = is_person & (max(strongest(on_left), strongest(on_right)) < F(FAINT)); }
        let mixed = packed_pairs(params.coding, left, right);
        packed[i] = select(select(mixed, bytes, is_person), instead, a == U(0u));
    }
}
