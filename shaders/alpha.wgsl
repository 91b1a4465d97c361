// Alpha at the frame's size from the guided solve, steadied in time.
// in:  YUYV words of the frame; coefficients at mask size; the change since the last frame; the noise
// out: two 16-bit alphas 0..1 for each YUYV word:  ss(0, 1, q); history: q and its age, for the next frame
//      q = A.I' + b, I' the 3x3 binomial of the frame (PICTURE step 6), averaged over as many frames as the camera's
//      noise explains their differences (step 7, docs/PICTURE.md): no lag where anything moves
// A thread does a strip of one or four words (U, F: lib/quads.wgsl), a row at a time, and keeps the sums of the rows that
// the next row needs again.

struct Params {
    coding: Coding,
    frame: vec2u,
    steady: u32,   // 0: each frame for itself
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var coefficients: texture_2d<f32>;
@group(0) @binding(2) var change: texture_2d<f32>;
@group(0) @binding(3) var<storage, read> noise: vec2f;
@group(0) @binding(4) var<storage, read_write> history: array<U>; // left pixels, right: (q + 1/2) / 2, age / 8, 16 bits each
@group(0) @binding(5) var<storage, read_write> alpha: array<U>;
@group(0) @binding(6) var<uniform> params: Params;

const OLDEST = 8.0; // frames: the mean goes back about twice as far

// q of some pixels, and how many frames it is the mean of.
struct Mean {
    q: F,
    age: F,
}

// What noise may do to alpha: n times the slope reaches it through the camera's colour. Where the room around
// has changed no more than noise does, a larger change is the model's.
fn steadied(q: F, last: Mean, line: Texels, n: f32, d: F) -> Mean {
    let slope = sqrt(line.r * line.r + line.g * line.g + line.b * line.b);
    let calm = 1.0 - smoothstep(F(1.3 * n), F(1.8 * n), d);
    let room = mix(F(5.8), F(10.0), calm) * n * slope + mix(F(0.05), F(0.2), calm);
    let difference = abs(covered(q) - covered(last.q));
    let still = 1.0 - smoothstep(F(2.0 * n + 0.002), F(4.0 * n + 0.004), d);
    let same = (1.0 - smoothstep(F(1.0), F(2.0), difference / room)) * still;
    let frames = last.age + 1.0;
    return Mean(mix(q, last.q, same * frames / (frames + 1.0)), min(same * frames, F(OLDEST)));
}

fn covered(q: F) -> F {
    return smoothstep(F(0.0), F(1.0), q);
}

fn remembered(packed: U) -> Mean {
    return Mean(2.0 * lower_unit(packed) - 0.5, OLDEST * upper_unit(packed));
}

fn packed(mean: Mean) -> U {
    return units_packed(0.5 * clamp(mean.q, F(-0.5), F(1.5)) + 0.25, mean.age / OLDEST);
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
    let one_before = select(last_of(yuyv[max(i, 1u) - 1u]), (first & 0xff00ff00u) | ((first & 0xffu) << 16u), x == 0u);
    let one_after = select(first_of(yuyv[i + 1u]), (end & 0xff00ff00u) | ((end >> 16u) & 0xffu), x == last.x);
    let before = neighbours_before(one_before, here);
    let after = neighbours_after(here, one_after);
    let luma = low_bytes(here);
    let swapped = (luma << U(16u)) | (luma >> U(16u));
    return Sums(
        2u * luma + swapped + ((before >> U(16u)) & U(0xffu)) + ((after & U(0xffu)) << U(16u)),
        3u * high_bytes(here) + high_bytes(before),
        3u * high_bytes(here) + high_bytes(after),
    );
}

fn weighed_121(a: Sums, b: Sums, c: Sums) -> Sums {
    return Sums(a.luma + 2u * b.luma + c.luma, a.left + 2u * b.left + c.left, a.right + 2u * b.right + c.right);
}

// The line at the smoothed colour. Means are taken of the codes: the way to R'G'B' is linear, so it can wait.
fn on_line(line: Texels, luma: U, chroma: U) -> F {
    let at = colours_of(params.coding, F(luma) / 16.0, F(chroma & U(0xffffu)) / 16.0, F(chroma >> U(16u)) / 16.0);
    return line.r * at.r + line.g * at.g + line.b * at.b + line.a;
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let learnt = noise; // before any branch: software Vulkan reads it once for all lanes here
    let words = vec2u(params.frame.x / (2u * WORDS), params.frame.y);
    let texels = textureDimensions(coefficients);
    if id.x >= words.x || id.y > texels.y { return; }
    let strip = strip_of(id.xy, params.frame, texels);
    let line_above = across(coefficients, strip, strip.above);
    let line_below = across(coefficients, strip, strip.above + 1);
    let change_above = across(change, strip, strip.above);
    let change_below = across(change, strip, strip.above + 1);
    let last = words - 1u;
    var above = sums_along(id.x, max(strip.first, 1u) - 1u, last);
    var here = sums_along(id.x, strip.first, last);
    for (var y = strip.first; y < strip.end; y++) {
        let below = sums_along(id.x, y + 1u, last);
        let sums = weighed_121(above, here, below);
        above = here;
        here = below;
        let t = place(vec2u(0u, y), params.frame, texels).y - f32(strip.above);
        let line = between(line_above, line_below, t);
        var left = Mean(on_line(line.left, sums.luma & U(0xffffu), sums.left), F(0.0));
        var right = Mean(on_line(line.right, sums.luma >> U(16u), sums.right), F(0.0));
        let i = y * words.x + id.x;
        if params.steady == 1u {
            if learnt.y > 1.5 { // the second frame and later: there is a history
                let d = between(change_above, change_below, t);
                left = steadied(left.q, remembered(history[2u * i]), line.left, learnt.x, d.left.r);
                right = steadied(right.q, remembered(history[2u * i + 1u]), line.right, learnt.x, d.right.r);
            }
            history[2u * i] = packed(left);
            history[2u * i + 1u] = packed(right);
        }
        alpha[i] = units_packed(covered(left.q), covered(right.q));
    }
}
