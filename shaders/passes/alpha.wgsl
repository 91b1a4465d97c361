// Alpha at the frame's size: the guided filter's coefficients applied to the frame, averaged over time.
// in:  YUYV words of the frame; at mask size: coefficients over the camera's codes, and confidence in the
//      temporal average
// out: alpha: two 16-bit unorms 0..1 for each YUYV word, ss(0, 1, q); history: mean q and its age, for the
//      next frame
//      q = the coefficients applied to the frame's 3x3 binomial (docs/PICTURE.md, step 6), averaged over as
//      many frames as the camera's noise explains their differences (step 7), so nothing lags where anything
//      moves; where every texel that a strip samples is background, or every one person, alpha is 0 or 1 at
//      once and its mean old
// A thread takes a strip of one or four words (U, F: lib/vec4.wgsl), or several, one below the other. Most
// strips are all background or all person and were so in the last frame: it leaves those as they are. It
// computes the others row by row and reuses the row sums that two rows share. TEMPORAL comes from lib/temporal_on.wgsl
// or lib/temporal_off.wgsl.

struct Params {
    frame: vec2u,
    texels: vec2u,   // of the mask
    tall: u32,       // most rows of a strip
    strips: u32,     // for each thread, at most 16
    interleave: u32,     // multiplier of row numbers: passes::strips
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> words: array<u32>; // the same words, one by one, for neighbours
@group(0) @binding(2) var coefficients: texture_storage_2d<rgba32float, read>;  // q = r Y' + g Cb + b Cr + a, of 16 times the codes
@group(0) @binding(3) var confidence: texture_storage_2d<rg32float, read>;  // r: 1 / tolerated change of alpha; g: 1 where nothing moves, 0 where all does
@group(0) @binding(4) var<storage, read_write> history: array<U>; // two pixels: 12 bits (q + 1/2) / 2, 4 bits age / 8
@group(0) @binding(5) var<storage, read_write> alpha: array<U>;
@group(0) @binding(6) var<storage, read_write> strip_state: array<u32>; // of each strip, what alpha and history hold: ALL_BACKGROUND, ALL_PERSON or 0
@group(0) @binding(7) var<storage, read> params: Params;

const COEFFICIENTS = 0u;
const CONFIDENCE = 1u;

fn texel(plane: u32, at: vec2i) -> vec4f {
    if plane == COEFFICIENTS { return textureLoad(coefficients, at); }
    return textureLoad(confidence, at);
}

const MAX_AGE = 8.0;        // frames; the mean reaches back about twice as far
const Q_STEP = 2.0 / 4095.0; // of q as stored
const MEAN_0 = 0xf400u;      // a mean of 0 of the greatest age, as stored
const MEAN_1 = 0xfbffu;      // a mean of 1

// Mean q of several pixels and its age in frames.
struct Mean {
    q: F,
    age: F,
}

fn temporal_mean(q: F, last: Mean, confidence: Texels) -> Mean {
    let beyond = unit(abs(alpha_of(q) - alpha_of(last.q)) * confidence.r - 1.0);
    let frames = (last.age + 1.0) * (1.0 - smooth_unit(beyond)) * confidence.g;
    // The mean of `frames` frames takes in one more, whose weight is 1 / (frames + 1).
    return Mean(q + (last.q - q) * (frames / (last.age + 2.0)), min(frames, F(MAX_AGE)));
}

fn alpha_of(q: F) -> F {
    return smooth_unit(unit(q));
}

// smoothstep(0, 1, v) for v in 0..1.
fn smooth_unit(v: F) -> F {
    return v * v * (3.0 - 2.0 * v);
}

// Unpacks the mean of a pixel from the lower 16 bits of a word.
fn unpack_mean(word: U) -> Mean {
    return Mean(
        F(word & U(0xfffu)) * Q_STEP - 0.5,
        F((word >> U(12u)) & U(0xfu)) * (MAX_AGE / 15.0),
    );
}

fn pack_mean(mean: Mean) -> U {
    let q = (clamp(mean.q, F(-0.5), F(1.5)) + 0.5) * (1.0 / Q_STEP);
    return nearest(q) | (nearest(mean.age * (15.0 / MAX_AGE)) << U(12u));
}

// Sums of codes along a row with the weights 1 2 1, for the two pixels of a word, two sums of 16 bits in a
// u32. After three rows, also weighed 1 2 1, none exceeds 16 * 255.
struct Sums {
    luma: U,    // Y' of the left pixel, Y' of the right
    left: U,    // Cb, Cr of the left pixel
    right: U,   // Cb, Cr of the right pixel
}

fn low_bytes(word: U) -> U { return word & U(0x00ff00ffu); }             // Y0, Y1
fn high_bytes(word: U) -> U { return (word >> U(8u)) & U(0x00ff00ffu); } // Cb, Cr

// The sums of row y at words x. Each pair needs one more pixel on either side, and half of each neighbour's
// chroma. Beyond the edge the edge pixel repeats, with the chroma of its pair.
fn sums_along(x: u32, y: u32, last: vec2u) -> Sums {
    let i = min(y, last.y) * (last.x + 1u) + x;
    let here = yuyv[i];
    let first = first_of(here);
    let end = last_of(here);
    let one_before = select(words[max(WORDS * i, 1u) - 1u], (first & 0xff00ff00u) | ((first & 0xffu) << 16u), x == 0u);
    let one_after = select(words[WORDS * (i + 1u)], (end & 0xff00ff00u) | ((end >> 16u) & 0xffu), x == last.x);
    let before = neighbours_before(one_before, here);
    let after = neighbours_after(here, one_after);
    let luma = low_bytes(here);
    let swapped = (luma << U(16u)) | (luma >> U(16u));
    let chroma = high_bytes(here);
    return Sums(
        2u * luma + swapped + ((before >> U(16u)) & U(0xffu)) + ((after & U(0xffu)) << U(16u)),
        3u * chroma + high_bytes(before),
        3u * chroma + high_bytes(after),
    );
}

fn weighed_121(a: Sums, b: Sums, c: Sums) -> Sums {
    return Sums(a.luma + 2u * b.luma + c.luma, a.left + 2u * b.left + c.left, a.right + 2u * b.right + c.right);
}

fn linear(c: Texels, luma: U, chroma: U) -> F {
    return c.r * F(luma) + c.g * F(chroma & U(0xffffu)) + c.b * F(chroma >> U(16u)) + c.a;
}

const ALL_BACKGROUND = 1u;
const ALL_PERSON = 2u;

// The texels of a row that decide whether a strip in column x is all background or all person: those that it
// samples. Where a row is whole fours of words, the four decide together, however many a strip has, so that
// every GPU shows the same picture.
struct Deciding {
    first: i32,
    count: i32,
}

fn deciding(x: u32, strip: Strip) -> Deciding {
    if WORDS == 4u || params.frame.x % 8u != 0u { return Deciding(strip.lo, strip.columns); }
    let at = place(vec2u(2u * (x & ~3u), 0u), params.frame, params.texels).x;
    return Deciding(i32(floor(at)), 2 + i32((7u * params.texels.x + params.frame.x - 1u) / params.frame.x));
}

// ALL_BACKGROUND or ALL_PERSON if that holds for all of these texels of a row, 0 otherwise.
fn row_state(texels: Deciding, row: i32) -> u32 {
    let end = vec2i(params.texels) - 1;
    let y = clamp(row, 0, end.y);
    var state = ALL_BACKGROUND | ALL_PERSON;
    for (var i = 0; i < texels.count; i++) { state &= texel_state(texels.first + i, y, end.x); }
    return state;
}

fn texel_state(x: i32, y: i32, end: i32) -> u32 {
    let c = textureLoad(coefficients, vec2i(clamp(x, 0, end), y));
    return select(0u, ALL_BACKGROUND, all(c == vec4f(0.0))) | select(0u, ALL_PERSON, all(c == vec4f(0.0, 0.0, 0.0, 1.0)));
}

fn put_row(y: u32, i: u32, strip: Strip, coefficients_lerp: Lerp, confidence_lerp: Lerp, sums: Sums) {
    let t = place(vec2u(0u, y), params.frame, params.texels).y - f32(strip.above);
    let c = sample_at(coefficients_lerp, t);
    var left = Mean(linear(c.left, sums.luma & U(0xffffu), sums.left), F(0.0));
    var right = Mean(linear(c.right, sums.luma >> U(16u), sums.right), F(0.0));
    if TEMPORAL {
        let confidence_here = sample_at(confidence_lerp, t);
        let before = history[i];
        left = temporal_mean(left.q, unpack_mean(before), confidence_here.left);
        right = temporal_mean(right.q, unpack_mean(before >> U(16u)), confidence_here.left); // smooth enough for both pixels
        history[i] = pack_mean(left) | (pack_mean(right) << U(16u));
    }
    alpha[i] = units_packed(alpha_of(left.q), alpha_of(right.q));
}

fn put_strip(id: vec2u, across: vec2u) {
    let last = across - 1u;
    let strip = strip_of(id, params.frame, params.texels);
    let coefficients_lerp = lerp_of(COEFFICIENTS, params.texels, strip, strip.above);
    var confidence_lerp = Lerp();
    if TEMPORAL { confidence_lerp = lerp_of(CONFIDENCE, params.texels, strip, strip.above); }
    var above = sums_along(id.x, max(strip.first, 1u) - 1u, last);
    var here = sums_along(id.x, strip.first, last);
    for (var row = 0u; row < params.tall; row++) {
        let y = strip.first + row;
        let below = sums_along(id.x, y + 1u, last);
        let sums = weighed_121(above, here, below);
        above = here;
        here = below;
        if y < strip.end { put_row(y, y * across.x + id.x, strip, coefficients_lerp, confidence_lerp, sums); }
    }
    strip_state[id.y * across.x + id.x] = 0u;
}

// Fills a strip that has just become all background or all person.
fn fill_strip(id: vec2u, across: vec2u, state: u32) {
    let end = min(first_row(id.y + 1u, params.frame.y, params.texels.y), params.frame.y);
    for (var y = first_row(id.y, params.frame.y, params.texels.y); y < end; y++) {
        let i = y * across.x + id.x;
        alpha[i] = U(select(0u, 0xffffffffu, state == ALL_PERSON));
        if TEMPORAL { history[i] = U(select(MEAN_0, MEAN_1, state == ALL_PERSON) * 0x10001u); }
    }
    strip_state[id.y * across.x + id.x] = state;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let across = vec2u(params.frame.x / (2u * WORDS), params.frame.y);
    if id.x >= across.x { return; }
    let rows = (params.texels.y + params.strips) / params.strips;
    if id.y >= rows { return; }
    let first = params.strips * (id.y * params.interleave % rows);
    let top = strip_of(vec2u(id.x, first), params.frame, params.texels);
    let texels = deciding(id.x, top);
    var above = row_state(texels, top.above);
    if params.strips == 1u {
        let state = above & row_state(texels, top.above + 1);
        if state == 0u {
            put_strip(id.xy, across);
        } else if state != strip_state[id.y * across.x + id.x] {
            fill_strip(id.xy, across, state);
        }
        return;
    }
    // llvmpipe idiom 11: lists, as bits, of the strips to fill and to compute.
    let end = min(first + params.strips, params.texels.y + 1u);
    var to_compute = 0u;
    var to_fill = 0u;
    for (var k = first; k < end; k++) {
        let below = row_state(texels, i32(k));
        let state = above & below;
        if state == 0u { to_compute |= 1u << (k - first); }
        if state != 0u && state != strip_state[k * across.x + id.x] { to_fill |= state << (2u * (k - first)); }
        above = below;
    }
    for (; to_fill != 0u; to_fill &= to_fill - 1u) {
        let bit = firstTrailingBit(to_fill);
        fill_strip(vec2u(id.x, first + bit / 2u), across, 1u << (bit % 2u));
    }
    for (; to_compute != 0u; to_compute &= to_compute - 1u) { put_strip(vec2u(id.x, first + firstTrailingBit(to_compute)), across); }
}
