// The person over the blurred background, packed to YUYV.
// in:  YUYV words of the frame; alpha; backdrop: R'G'B' 0..1 of the blurred background, one texel for `side`
//      pixels each way; with PLATE, the learnt room (lib/plate.wgsl): its colours M and how far they are known, k
// out: YUYV words of P + (1 - alpha) B, with P = clamp(I - (1 - alpha) S, 0, alpha), B the backdrop through a
//      B-spline (docs/PICTURE.md, step 10), and S = mix(B, M, k), or B without PLATE: then it is
//      clamp(I, (1 - alpha) B, alpha + (1 - alpha) B)
// P is the person alone, multiplied by alpha: the background's share of the edge pixels is removed. P <=
// alpha bounds what can be left of the background. I needs no clamp of its own: with B in 0..1, P's does it.
// A pair that is all person keeps its bytes.
// A thread takes a strip of one or four words (U, F: lib/vec4.wgsl), or several, one below the other. Most are
// all background, where only the backdrop's texels are converted to codes, or all person, where the words are
// copied (llvmpipe idiom 12).

struct Params {
    coding: Coding,
    frame: vec2u,
    texels: vec2u,   // of the backdrop
    side: u32,       // pixels along a side of a texel
    tall: u32,       // rows of a strip: side or a divisor of it
    strips: u32,     // for each thread, at most 32
    interleave: u32,     // multiplier of row numbers: passes::strips
    cells: vec2u,    // of the mask
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> alpha: array<U>;
@group(0) @binding(2) var backdrop: texture_storage_2d<rgba16float, read>;
@group(0) @binding(3) var<storage, read_write> packed: array<U>;
@group(0) @binding(4) var<storage, read> plate: array<U>;
@group(0) @binding(5) var<storage, read> counts: array<u32>;
@group(0) @binding(6) var<storage, read> status: Status;
@group(0) @binding(7) var<storage, read> room_light: array<f32, 12>;
@group(0) @binding(8) var<storage, read> params: Params;

const COLOURS = 0u;
const CODES = 1u;

const NONE = U(0u);
const ALL = U(0xffffffffu);

fn texel(what: u32, at: vec2i) -> vec3f {
    let colour = textureLoad(backdrop, at).rgb;
    if what == COLOURS { return colour; }
    return codes_from_rgb(params.coding, colour);
}

fn composite(colour: F, a: F, behind: F, room: F) -> F {
    let background = (1.0 - a) * behind;
    if PLATE { return clamp(colour - (1.0 - a) * room, F(0.0), a) + background; }
    return clamp(colour, background, a + background);
}

fn composites(colour: Colours, a: F, behind: Three, room: Three) -> Colours {
    return Colours(
        composite(colour.r, a, behind.a, room.a),
        composite(colour.g, a, behind.b, room.b),
        composite(colour.b, a, behind.c, room.c),
    );
}

// The room at strip `i`, as far as it is known.
fn room_at(i: u32, behind: Sample, known: Known) -> Sample {
    let strips = params.frame.x / (2u * WORDS) * params.frame.y;
    let gain = gain_of(status.gain);
    let left = plate_left(params.coding, i, strips, gain);
    let right = plate_right(params.coding, i, strips, gain);
    return Sample(mixed_three(behind.left, left, known.left), mixed_three(behind.right, right, known.right));
}

fn mixed_three(from_this: Three, to_that: Colours, t: F) -> Three {
    return Three(mix(from_this.a, to_that.r, t), mix(from_this.b, to_that.g, t), mix(from_this.c, to_that.b, t));
}

// The word of row `row` of a strip, in column x. A strip that ends below the frame repeats the last row, so
// that every strip has as many rows.
fn row_of(strip: u32, row: u32) -> u32 {
    return min(params.tall * strip + row, params.frame.y - 1u);
}

// Position of row y in its row of texels, -1/2..1/2.
fn height(y: u32) -> f32 {
    return (f32(y % params.side) + 0.5) / f32(params.side) - 0.5;
}

fn put_mixed(x: u32, width: u32, strip: u32) {
    let curve = curve_of(COLOURS, params.texels, params.side, 2u * WORDS * x, params.tall * strip / params.side);
    for (var row = 0u; row < params.tall; row++) {
        let y = row_of(strip, row);
        let i = y * width + x;
        let behind = sample_at(curve, height(y));
        let a = alpha[i];
        let bytes = yuyv[i];
        var room = behind;
        if PLATE { room = room_at(i, behind, known_at(2u * WORDS * x, y, params.frame, params.cells)); }
        let left = composites(left_of(params.coding, bytes), lower_unit(a), behind.left, room.left);
        let right = composites(right_of(params.coding, bytes), upper_unit(a), behind.right, room.right);
        packed[i] = select(packed_pairs(params.coding, left, right), bytes, a == ALL);
    }
}

// Returns `word`: llvmpipe idiom 6.
fn keep_vectorised(word: U) -> U {
    return select(word, NONE, arrayLength(&packed) == 0u);
}

fn put_background(x: u32, width: u32, strip: u32) {
    let curve = curve_of(CODES, params.texels, params.side, 2u * WORDS * x, params.tall * strip / params.side);
    for (var row = 0u; row < params.tall; row++) {
        let y = row_of(strip, row);
        let codes = sample_at(curve, height(y));
        let word = code(codes.left.a)
            | (code(0.5 * (codes.left.b + codes.right.b)) << U(8u))
            | (code(codes.right.a) << U(16u))
            | (code(0.5 * (codes.left.c + codes.right.c)) << U(24u));
        packed[y * width + x] = keep_vectorised(word);
    }
}

fn put_person(x: u32, width: u32, strip: u32) {
    for (var row = 0u; row < params.tall; row++) {
        let i = row_of(strip, row) * width + x;
        packed[i] = yuyv[i];
    }
}

const MIXED = 0u;
const ALL_BACKGROUND = 1u;
const ALL_PERSON = 2u;

fn content_of(x: u32, width: u32, strip: u32) -> u32 {
    var some = NONE;
    var every = ALL;
    for (var row = 0u; row < params.tall; row++) {
        let a = alpha[row_of(strip, row) * width + x];
        some |= a;
        every &= a;
    }
    return select(select(MIXED, ALL_PERSON, all(every == ALL)), ALL_BACKGROUND, all(some == NONE));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / (2u * WORDS);
    let strips = (params.frame.y + params.tall - 1u) / params.tall;
    let rows = (strips + params.strips - 1u) / params.strips; // rows of threads
    if id.x >= width || id.y >= rows { return; }
    if params.strips == 1u {
        let content = content_of(id.x, width, id.y);
        if content == ALL_BACKGROUND {
            put_background(id.x, width, id.y);
        } else if content == ALL_PERSON {
            put_person(id.x, width, id.y);
        } else {
            put_mixed(id.x, width, id.y);
        }
        return;
    }
    // llvmpipe idiom 11: lists, as bits, of the strips of each content.
    let first = params.strips * (id.y * params.interleave % rows);
    let end = min(first + params.strips, strips);
    var mixed = 0u;
    var of_background = 0u;
    var of_person = 0u;
    for (var k = first; k < end; k++) {
        let bit = 1u << (k - first);
        let content = content_of(id.x, width, k);
        of_background |= select(0u, bit, content == ALL_BACKGROUND);
        of_person |= select(0u, bit, content == ALL_PERSON);
        mixed |= select(0u, bit, content == MIXED);
    }
    for (; of_background != 0u; of_background &= of_background - 1u) { put_background(id.x, width, first + firstTrailingBit(of_background)); }
    for (; of_person != 0u; of_person &= of_person - 1u) { put_person(id.x, width, first + firstTrailingBit(of_person)); }
    for (; mixed != 0u; mixed &= mixed - 1u) { put_mixed(id.x, width, first + firstTrailingBit(mixed)); }
}
