// The person over the blurred background, packed to YUYV.
// in:  YUYV words of the frame; alpha; backdrop: R'G'B' 0..1 of the blurred background, one texel for `side`
//      pixels each way
// out: YUYV words of P + (1 - alpha) B, with P = clamp(I - (1 - alpha) B, 0, alpha) and B the backdrop
//      through a B-spline (docs/PICTURE.md, step 10), which is clamp(I, (1 - alpha) B, alpha + (1 - alpha) B)
// P is the person alone, multiplied by alpha: the background's share of the edge pixels is removed. P <=
// alpha bounds what can be left of the background. I needs no clamp of its own: with B in 0..1, P's does it.
// A pair that is all person keeps its bytes.
// A thread takes several strips, one below the other, of one or four words (U, F: lib/vec4.wgsl). Most are
// all background, where only the backdrop's texels are converted to codes, or all person, where the words are
// copied (llvmpipe idioms 11 and 12).

struct Params {
    coding: Coding,
    frame: vec2u,
    texels: vec2u,   // of the backdrop
    side: u32,       // pixels along a side of a texel
    tall: u32,       // rows of a strip: side or a divisor of it
    strips: u32,     // for each thread, at most 32
    interleave: u32,     // multiplier of row numbers: passes::strips
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> alpha: array<U>;
@group(0) @binding(2) var backdrop: texture_storage_2d<rgba16float, read>;
@group(0) @binding(3) var<storage, read_write> packed: array<U>;
@group(0) @binding(4) var<storage, read> params: Params;

const COLOURS = 0u;
const CODES = 1u;

const NONE = U(0u);
const ALL = U(0xffffffffu);

fn texel(what: u32, at: vec2i) -> vec3f {
    let colour = textureLoad(backdrop, at).rgb;
    if what == COLOURS { return colour; }
    return codes_from_rgb(params.coding, colour);
}

fn composite(colour: F, a: F, behind: F) -> F {
    let background = (1.0 - a) * behind;
    return clamp(colour, background, a + background);
}

fn composites(colour: Colours, a: F, behind: Three) -> Colours {
    return Colours(
        composite(colour.r, a, behind.a), composite(colour.g, a, behind.b), composite(colour.b, a, behind.c),
    );
}

// Rows first..end, and the row of texels that they lie in.
struct Rows {
    first: u32,
    end: u32,
    texel: u32,
}

fn rows_of(strip: u32) -> Rows {
    let first = params.tall * strip;
    return Rows(first, min(first + params.tall, params.frame.y), first / params.side);
}

// Position of row y in its row of texels, -1/2..1/2.
fn height(y: u32) -> f32 {
    return (f32(y % params.side) + 0.5) / f32(params.side) - 0.5;
}

fn put_mixed(x: u32, width: u32, strip: u32) {
    let rows = rows_of(strip);
    let curve = curve_of(COLOURS, params.texels, params.side, 2u * WORDS * x, rows.texel);
    var i = rows.first * width + x;
    for (var y = rows.first; y < rows.end; y++) {
        let behind = sample_at(curve, height(y));
        let a = alpha[i];
        let bytes = yuyv[i];
        let left = composites(left_of(params.coding, bytes), lower_unit(a), behind.left);
        let right = composites(right_of(params.coding, bytes), upper_unit(a), behind.right);
        packed[i] = select(packed_pairs(params.coding, left, right), bytes, a == ALL);
        i += width;
    }
}

// Returns `word`: llvmpipe idiom 6.
fn keep_vectorised(word: U) -> U {
    return select(word, NONE, arrayLength(&packed) == 0u);
}

fn put_background(x: u32, width: u32, strip: u32) {
    let rows = rows_of(strip);
    let curve = curve_of(CODES, params.texels, params.side, 2u * WORDS * x, rows.texel);
    var i = rows.first * width + x;
    for (var y = rows.first; y < rows.end; y++) {
        let codes = sample_at(curve, height(y));
        let word = code(codes.left.a)
            | (code(0.5 * (codes.left.b + codes.right.b)) << U(8u))
            | (code(codes.right.a) << U(16u))
            | (code(0.5 * (codes.left.c + codes.right.c)) << U(24u));
        packed[i] = keep_vectorised(word);
        i += width;
    }
}

fn put_person(x: u32, width: u32, strip: u32) {
    let rows = rows_of(strip);
    for (var i = rows.first * width + x; i < rows.end * width; i += width) { packed[i] = yuyv[i]; }
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / (2u * WORDS);
    let strips = (params.frame.y + params.tall - 1u) / params.tall;
    let rows = (strips + params.strips - 1u) / params.strips; // rows of threads
    if id.x >= width || id.y >= rows { return; }
    let first = params.strips * (id.y * params.interleave % rows);
    let end = min(first + params.strips, strips);
    var mixed = 0u;
    var of_background = 0u;
    var of_person = 0u;
    for (var k = first; k < end; k++) {
        var some = NONE;
        var every = ALL;
        let here = rows_of(k);
        for (var i = here.first * width + id.x; i < here.end * width; i += width) {
            let a = alpha[i];
            some |= a;
            every &= a;
        }
        let bit = 1u << (k - first);
        let is_background = all(some == NONE);
        let is_person = all(every == ALL);
        of_background |= select(0u, bit, is_background);
        of_person |= select(0u, bit, is_person);
        mixed |= select(bit, 0u, is_background || is_person);
    }
    for (; of_background != 0u; of_background &= of_background - 1u) { put_background(id.x, width, first + firstTrailingBit(of_background)); }
    for (; of_person != 0u; of_person &= of_person - 1u) { put_person(id.x, width, first + firstTrailingBit(of_person)); }
    for (; mixed != 0u; mixed &= mixed - 1u) { put_mixed(id.x, width, first + firstTrailingBit(mixed)); }
}
