// Alpha at the frame's size from the guided solve, steadied in time.
// in:  YUYV words of the frame; at mask size: lines in the camera's codes, and how far they may be steadied
// out: two 16-bit alphas 0..1 for each YUYV word:  ss(0, 1, q); history: q and its age, for the next frame
//      q = the line at the 3x3 binomial of the frame (PICTURE step 6), averaged over as many frames as the camera's
//      noise explains their differences (step 7, docs/PICTURE.md): no lag where anything moves
//      where all texels that a strip sees say room, or all say person, alpha is that at once, and its mean is old
// A thread looks at some strips of one or four words (U, F: lib/vec4.wgsl), one below the other. Most of a frame is all
// room or all person, and was so before: nothing is done there. The strips that are left are done a row at a time; the
// sums of the rows are kept that the next row needs again. STEADY comes from lib.

struct Params {
    frame: vec2u,
    texels: vec2u,   // of the mask
    strips: u32,     // of a thread, at most 16
    interleave: u32,     // see passes::spread
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> words: array<u32>; // the same: a neighbour is one word
@group(0) @binding(2) var coefficients: texture_storage_2d<rgba32float, read>;  // q = r Y' + g Cb + b Cr + a, of sixteen times the codes
@group(0) @binding(3) var confidence: texture_storage_2d<rg32float, read>;  // 1 / what alpha may differ by; 1 where nothing moves, 0 where all does
@group(0) @binding(4) var<storage, read_write> history: array<U>; // two of 12 bits (q + 1/2) / 2, 4 bits age / 8
@group(0) @binding(5) var<storage, read_write> alpha: array<U>;
@group(0) @binding(6) var<storage, read_write> strip_state: array<u32>; // of each strip: what alpha and history hold, ROOM or PERSON, or neither
@group(0) @binding(7) var<storage, read> params: Params;

const COEFFICIENTS = 0u;
const CONFIDENCE = 1u;

fn texel(plane: u32, at: vec2i) -> vec4f {
    if plane == COEFFICIENTS { return textureLoad(coefficients, at); }
    return textureLoad(confidence, at);
}

const MAX_AGE = 8.0;        // frames: the mean goes back about twice as far
const Q_STEP = 2.0 / 4095.0; // of q as it is kept
const MEAN_0 = 0xf400u;      // an old mean of 0 as it is kept
const MEAN_1 = 0xfbffu;      // of 1

// q of some pixels, and how many frames it is the mean of.
struct Mean {
    q: F,
    age: F,
}

fn temporal_mean(q: F, last: Mean, confidence: Texels) -> Mean {
    let beyond = unit(abs(alpha_of(q) - alpha_of(last.q)) * confidence.r - 1.0);
    let frames = (last.age + 1.0) * (1.0 - smooth_unit(beyond)) * confidence.g;
    // A mean of so many frames and one more: the new one has the weight 1 / (frames + 1).
    return Mean(q + (last.q - q) * (frames / (last.age + 2.0)), min(frames, F(MAX_AGE)));
}

fn alpha_of(q: F) -> F {
    return smooth_unit(unit(q));
}

// smoothstep(0, 1, v) of 0..1
fn smooth_unit(v: F) -> F {
    return v * v * (3.0 - 2.0 * v);
}

// The mean of a pixel from the lower 16 bits of a word.
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

// Sums of codes along a row, weighed 1 2 1, for the two pixels of a word. A u32 holds two of 16 bits: after three rows,
// weighed 1 2 1 too, none exceeds 16 * 255.
struct Sums {
    luma: U,    // Y' of the left pixel, Y' of the right
    left: U,    // Cb, Cr of the left pixel
    right: U,   // Cb, Cr of the right pixel
}

fn low_bytes(word: U) -> U { return word & U(0x00ff00ffu); }             // Y0, Y1
fn high_bytes(word: U) -> U { return (word >> U(8u)) & U(0x00ff00ffu); } // Cb, Cr

// Row y of the frame at its words x. The pair needs one pixel more to either side, and half of each neighbour's chroma.
// Beyond the edge the edge pixel is repeated, with the chroma of its pair.
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

// What the texels of a row say that a strip sees, as all strips of its column do: room, person, or neither of the two.
fn row_state(strip: Strip, row: i32) -> u32 {
    let end = vec2i(params.texels) - 1;
    let y = clamp(row, 0, end.y);
    var state = ALL_BACKGROUND | ALL_PERSON;
    for (var i = 0; i < strip.columns; i++) { state &= texel_state(strip.lo + i, y, end.x); }
    return state;
}

fn texel_state(x: i32, y: i32, end: i32) -> u32 {
    let c = textureLoad(coefficients, vec2i(clamp(x, 0, end), y));
    return select(0u, ALL_BACKGROUND, all(c == vec4f(0.0))) | select(0u, ALL_PERSON, all(c == vec4f(0.0, 0.0, 0.0, 1.0)));
}

fn put_strip(id: vec2u, across: vec2u) {
    let last = across - 1u;
    let strip = strip_of(id, params.frame, params.texels);
    let coefficients_lerp = lerp_of(COEFFICIENTS, params.texels, strip, strip.above);
    var confidence_lerp = Lerp();
    if TEMPORAL { confidence_lerp = lerp_of(CONFIDENCE, params.texels, strip, strip.above); }
    var above = sums_along(id.x, max(strip.first, 1u) - 1u, last);
    var here = sums_along(id.x, strip.first, last);
    for (var y = strip.first; y < strip.end; y++) {
        let below = sums_along(id.x, y + 1u, last);
        let sums = weighed_121(above, here, below);
        above = here;
        here = below;
        let t = place(vec2u(0u, y), params.frame, params.texels).y - f32(strip.above);
        let c = sample_at(coefficients_lerp, t);
        var left = Mean(linear(c.left, sums.luma & U(0xffffu), sums.left), F(0.0));
        var right = Mean(linear(c.right, sums.luma >> U(16u), sums.right), F(0.0));
        let i = y * across.x + id.x;
        if TEMPORAL {
            let confidence_here = sample_at(confidence_lerp, t);
            let before = history[i];
            left = temporal_mean(left.q, unpack_mean(before), confidence_here.left);
            right = temporal_mean(right.q, unpack_mean(before >> U(16u)), confidence_here.left); // smooth enough for both
            history[i] = pack_mean(left) | (pack_mean(right) << U(16u));
        }
        alpha[i] = units_packed(alpha_of(left.q), alpha_of(right.q));
    }
    strip_state[id.y * across.x + id.x] = 0u;
}

// A strip of which all texels say the same, and have not said so before.
fn fill_strip(id: vec2u, across: vec2u, state: u32) {
    let end = min(first_row(id.y + 1u, params.frame.y, params.texels.y), params.frame.y);
    for (var y = first_row(id.y, params.frame.y, params.texels.y); y < end; y++) {
        let i = y * across.x + id.x;
        alpha[i] = U(select(0u, 0xffffffffu, state == ALL_PERSON));
        if TEMPORAL { history[i] = U(select(MEAN_0, MEAN_1, state == ALL_PERSON) * 0x10001u); }
    }
    strip_state[id.y * across.x + id.x] = state;
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let across = vec2u(params.frame.x / (2u * WORDS), params.frame.y);
    if id.x >= across.x { return; }
    let rows = (params.texels.y + params.strips) / params.strips;
    if id.y >= rows { return; }
    let first = params.strips * (id.y * params.interleave % rows);
    let end = min(first + params.strips, params.texels.y + 1u);
    // Where nothing is to be done, a branch would save software Vulkan nothing: it runs both sides. Lists do.
    var to_compute = 0u;
    var to_fill = 0u;
    let top = strip_of(vec2u(id.x, first), params.frame, params.texels);
    var above = row_state(top, top.above);
    for (var k = first; k < end; k++) {
        let below = row_state(top, i32(k));
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
