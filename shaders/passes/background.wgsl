// The background without the person, at a quarter, an eighth or a sixteenth of the frame's size.
// in:  YUYV words of the frame; alpha; with PLATE, the learnt room (lib/room.wgsl): M with the gain, in the light of
//      the picture that is shown (lib/tone.wgsl), and how far it is known, k; bilinear between cells
// out: means over blocks of 4x4, 8x8 or 16x16 pixels of w R'G'B' (gamma-coded, 0..w) and of w = (1 - alpha)^4
//      (docs/PICTURE.md, step 9); at the right and lower edge, of the pixels that exist. With PLATE, w R'G'B' + (1 - w) k M
//      and w + (1 - w) k: what the person hides, as far as it is known
// The mean is taken of the codes, since R'G'B' is linear in them.
// A thread reads strips of one or four words (U, F: lib/vec4.wgsl) and makes one texel, or two where a strip
// of four words spans two blocks. It takes eight rows at most (llvmpipe idiom 14), so four threads share a
// block of 16x16.

struct Params {
    coding: Coding,
    frame: vec2u,
    side: u32,   // pixels along a side of a block
    padding: u32,
    cells: vec2u,   // of the mask
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> alpha: array<U>;
@group(0) @binding(2) var background: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<storage, read> cells: array<vec4f>;
@group(0) @binding(4) var<storage, read> counts: array<u32>;
@group(0) @binding(5) var<storage, read> status: Status;
@group(0) @binding(6) var<storage, read> room_light: array<f32, 12>;
@group(0) @binding(7) var<storage, read> params: Params;

const ACROSS = 16u; // threads in a row of a workgroup
var<workgroup> blocks: array<vec4f, 64>;

// Sums of w Y', w Cb, w Cr and w, for each word.
struct Sums {
    luma: F,
    cb: F,
    cr: F,
    weight: F,
}

// Adds strip `at`; beyond the edge, nothing.
fn with_strip(sums: Sums, at: vec2u, strips: vec2u) -> Sums {
    let i = min(at.y, strips.y - 1u) * strips.x + min(at.x, strips.x - 1u);
    let a = alpha[i];
    var codes = U(0u);
    if any(a != U(0xffffffffu)) { codes = yuyv[i]; } // where all is person, the codes have no weight: llvmpipe idiom 12
    let inside = select(0.0, 1.0, all(at < strips));
    let left = inside * weight_of(lower_unit(a));
    let right = inside * weight_of(upper_unit(a));
    let both = left + right;
    return Sums(
        sums.luma + left * byte(codes, 0u) + right * byte(codes, 16u),
        sums.cb + both * byte(codes, 8u),
        sums.cr + both * byte(codes, 24u),
        sums.weight + both,
    );
}

fn weight_of(a: F) -> F {
    let behind = 1.0 - a;
    let square = behind * behind;
    return square * square;
}

// Adds four strips, one below the other.
fn with_four(sums: Sums, at: vec2u, strips: vec2u) -> Sums {
    let two = with_strip(with_strip(sums, at, strips), at + vec2u(0u, 1u), strips);
    return with_strip(with_strip(two, at + vec2u(0u, 2u), strips), at + vec2u(0u, 3u), strips);
}

fn put(at: vec2u, sum: vec4f) {
    if any(at >= textureDimensions(background)) { return; }
    let count = min(params.frame - params.side * at, vec2u(params.side));
    let mean = sum / f32(count.x * count.y);
    let colour = rgb_from_codes(params.coding, mean.xyz / max(mean.w, 1e-9));
    var weighted = vec4f(mean.w * clamp(colour, vec3f(0.0), vec3f(1.0)), mean.w);
    if PLATE { weighted += (1.0 - mean.w) * known_room(at); }
    textureStore(background, at, weighted);
}

// k M and k at the middle of a block.
fn known_room(at: vec2u) -> vec4f {
    let place = (vec2f(at) + 0.5) * f32(params.side) * vec2f(params.cells) / vec2f(params.frame) - 0.5;
    let lo = floor(place);
    let t = place - lo;
    let top = mix(known_cell(vec2i(lo)), known_cell(vec2i(lo) + vec2i(1, 0)), t.x);
    let low = mix(known_cell(vec2i(lo) + vec2i(0, 1)), known_cell(vec2i(lo) + 1), t.x);
    return mix(top, low, t.y);
}

fn lit_by(v: f32, channel: u32) -> f32 { return lane_of(toned(F(v), room_light[channel])); }

fn known_cell(at: vec2i) -> vec4f {
    let inside = clamp(at, vec2i(0), vec2i(params.cells) - 1);
    let i = inside.y * i32(params.cells.x) + inside.x;
    let colour = gain_of(status.gain) * cells[i].rgb;
    let lit = vec3f(lit_by(colour.r, 0u), lit_by(colour.g, 1u), lit_by(colour.b, 2u));
    return trust(counts[i], status.doubt) * vec4f(clamp(lit, vec3f(0.0), vec3f(1.0)), 1.0);
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
    let strips = vec2u(params.frame.x / (2u * WORDS), params.frame.y);
    let block = min(params.side, 8u);
    let across = max(block / (2u * WORDS), 1u); // strips across a block
    var sums = Sums();
    for (var x = 0u; x < across; x++) {
        for (var y = 0u; y < block; y += 4u) {
            sums = with_four(sums, vec2u(across * id.x + x, block * id.y + y), strips);
        }
    }
    let luma = folded(sums.luma);
    let cb = folded(sums.cb);
    let cr = folded(sums.cr);
    let weight = folded(sums.weight);
    if 2u * WORDS > params.side {
        put(vec2u(2u * id.x, id.y), vec4f(luma.x, cb.x, cr.x, weight.x));
        put(vec2u(2u * id.x + 1u, id.y), vec4f(luma.y, cb.y, cr.y, weight.y));
        return;
    }
    let all_of_it = vec4f(luma.x + luma.y, cb.x + cb.y, cr.x + cr.y, weight.x + weight.y);
    if params.side == block {
        put(id.xy, all_of_it);
        return;
    }
    blocks[lane] = all_of_it;
    workgroupBarrier();
    if all(id.xy % 2u == vec2u(0u)) {
        put(id.xy / 2u, blocks[lane] + blocks[lane + 1u] + blocks[lane + ACROSS] + blocks[lane + ACROSS + 1u]);
    }
}
