// The prelude around a user's shader `fn effect(in: Input) -> vec3f`, which precedes it in the text.
// in:  YUYV words of the picture; alpha; backdrop: R'G'B' 0..1 of the blurred background; the parameters
// out: YUYV words of what effect() returns, R'G'B' clamped to 0..1
// Before each pixel begin() sets the private variables. The user's loops call spent(LINE) at every iteration.
// Once one pixel has used up BUDGET iterations, `exceeded` holds the line, every loop ends, and the picture
// stays as it was.

// What effect() gets for its pixel. Colours are R'G'B' 0..1, gamma-coded.
struct Input {
    frame: vec3f,       // the picture
    person: vec3f,      // the person without the background's share: mix(x, in.person, in.mask) puts them before x
    background: vec3f,  // the background without the person, blurred
    mask: f32,          // how much of the pixel is person, 0..1
    uv: vec2f,          // position 0..1 from the upper left corner
    pixel: vec2f,       // the same in pixels; the first is at 0.5
    size: vec2f,        // the picture's size in pixels
    time: f32,          // seconds
}

struct Params {
    coding: Coding,
    frame: vec2u,
    time: f32,
    padding: f32,
    values: array<vec4f, 16>,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var backdrop: texture_2d<f32>;
@group(0) @binding(3) var<storage, read_write> packed: array<u32>;
@group(0) @binding(4) var<storage, read_write> exceeded: atomic<u32>;
@group(0) @binding(5) var<storage, read> params: Params;

const BUDGET = 16384u;

var<private> left: u32;
var<private> over: bool;

// Whether a loop has to end. Every 64 iterations it checks whether another thread has exceeded the budget.
fn spent(line: u32) -> bool {
    if over { return true; }
    left -= 1u;
    if left == 0u { atomicStore(&exceeded, line); }
    if left % 64u == 0u { over = atomicLoad(&exceeded) != 0u; }
    return over;
}

fn codes_at(at: vec2i) -> vec3f {
    let within = vec2u(clamp(at, vec2i(0), vec2i(params.frame) - 1));
    let codes = bytes_of(yuyv[(within.y * params.frame.x + within.x) / 2u]);
    return vec3f(select(codes.x, codes.z, within.x % 2u == 1u), codes.yw);
}

fn alpha_at(at: vec2i) -> f32 {
    let within = vec2u(clamp(at, vec2i(0), vec2i(params.frame) - 1));
    let pair = unpack2x16unorm(alpha[(within.y * params.frame.x + within.x) / 2u]);
    return select(pair.x, pair.y, within.x % 2u == 1u);
}

// The picture at `uv`, bilinear.
fn frame_at(uv: vec2f) -> vec3f {
    let at = uv * vec2f(params.frame) - 0.5;
    let lo = vec2i(floor(at));
    let t = at - floor(at);
    let top = mix(codes_at(lo), codes_at(lo + vec2i(1, 0)), t.x);
    let low = mix(codes_at(lo + vec2i(0, 1)), codes_at(lo + 1), t.x);
    return clamp(rgb_from_codes(params.coding, mix(top, low, t.y)), vec3f(0.0), vec3f(1.0));
}

// How much of the picture at `uv` is person, 0..1, bilinear.
fn mask_at(uv: vec2f) -> f32 {
    let at = uv * vec2f(params.frame) - 0.5;
    let lo = vec2i(floor(at));
    let t = at - floor(at);
    let top = mix(alpha_at(lo), alpha_at(lo + vec2i(1, 0)), t.x);
    let low = mix(alpha_at(lo + vec2i(0, 1)), alpha_at(lo + 1), t.x);
    return mix(top, low, t.y);
}

// The background without the person at `uv`, blurred.
fn background_at(uv: vec2f) -> vec3f {
    return bilinear(backdrop, uv * vec2f(textureDimensions(backdrop)) - 0.5).rgb;
}

// The person alone at `uv`; meaningful where mask_at(uv) is not 0.
fn person_at(uv: vec2f) -> vec3f {
    return person_of(frame_at(uv), background_at(uv), mask_at(uv));
}

// Luma of a colour, 0..1.
fn luma(colour: vec3f) -> f32 {
    return dot(colour, vec3f(params.coding.kr, 1.0 - params.coding.kr - params.coding.kb, params.coding.kb));
}

fn paint(at: vec2u, colour: vec3f, behind: vec3f, a: f32) -> vec3f {
    begin();
    left = BUDGET;
    let size = vec2f(params.frame);
    let centre = vec2f(at) + 0.5;
    let person = person_of(colour, behind, a);
    let made = effect(Input(colour, person, behind, a, centre / size, centre, size, params.time));
    return clamp(made, vec3f(0.0), vec3f(1.0));
}

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    if id.x >= width || id.y >= params.frame.y { return; }
    let i = id.y * width + id.x;
    packed[i] = yuyv[i];
    if atomicLoad(&exceeded) != 0u { return; }
    let a = unpack2x16unorm(alpha[i]);
    let pair = unpack_pair(params.coding, yuyv[i]);
    let behind = sample_pair(backdrop, id.xy, params.frame);
    let made = Pair(
        paint(vec2u(2u * id.x, id.y), pair.a, behind.a.rgb, a.x),
        paint(vec2u(2u * id.x + 1u, id.y), pair.b, behind.b.rgb, a.y),
    );
    if !over { packed[i] = pack_pair(params.coding, made); }
}
