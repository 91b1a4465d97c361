// Alpha at the frame's size from the guided solve, steadied in time.
// in:  YUYV words of the frame; coefficients at mask size; the change since the last frame; the noise
// out: two 16-bit alphas 0..1 for each YUYV word:  ss(0, 1, q); history: q and its age, for the next frame
//      q = A.I' + b, I' the 3x3 binomial of the frame (PICTURE step 6), averaged over as many frames as the camera's
//      noise explains their differences (step 7, docs/PICTURE.md): no lag where anything moves
// A thread does one strip of words, a row at a time, and keeps the sums of the rows that the next row needs again.

struct Params {
    coding: Coding,
    frame: vec2u,
    steady: u32,   // 0: each frame for itself
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var coefficients: texture_2d<f32>;
@group(0) @binding(2) var change: texture_2d<f32>;
@group(0) @binding(3) var<storage, read> noise: vec2f;
@group(0) @binding(4) var<storage, read_write> history: array<vec2u>; // a pixel: (q + 1/2) / 2, age / 8, 16 bits each
@group(0) @binding(5) var<storage, read_write> alpha: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

const OLDEST = 8.0; // frames: the mean goes back about twice as far

// A pixel's q, and how many frames it is the mean of.
struct Mean {
    q: f32,
    age: f32,
}

// What noise may do to alpha: n times the slope reaches it through the camera's colour. Where the room around
// has changed no more than noise does, a larger change is the model's.
fn steadied(q: f32, packed: u32, slope: f32, n: f32, d: f32) -> Mean {
    let stored = unpack2x16unorm(packed);
    let last = Mean(2.0 * stored.x - 0.5, OLDEST * stored.y);
    let calm = 1.0 - smoothstep(1.3 * n, 1.8 * n, d);
    let room = mix(5.8, 10.0, calm) * n * slope + mix(0.05, 0.2, calm);
    let difference = abs(smoothstep(0.0, 1.0, q) - smoothstep(0.0, 1.0, last.q));
    let same = (1.0 - smoothstep(1.0, 2.0, difference / room)) * (1.0 - smoothstep(2.0 * n + 0.002, 4.0 * n + 0.004, d));
    let frames = last.age + 1.0;
    return Mean(mix(q, last.q, same * frames / (frames + 1.0)), min(same * frames, OLDEST));
}

fn packed(mean: Mean) -> u32 {
    return pack2x16unorm(vec2f(0.5 * clamp(mean.q, -0.5, 1.5) + 0.25, mean.age / OLDEST));
}

// Sums of codes along a row, weighed 1 2 1, for the two pixels of a word. A u32 holds two of 16 bits: after three rows,
// weighed 1 2 1 too, none exceeds 16 * 255.
struct Sums {
    luma: u32,    // Y' of the left pixel, Y' of the right
    left: u32,    // Cb, Cr of the left pixel
    right: u32,   // Cb, Cr of the right pixel
}

fn low_bytes(word: u32) -> u32 { return word & 0x00ff00ffu; }          // Y0, Y1
fn high_bytes(word: u32) -> u32 { return (word >> 8u) & 0x00ff00ffu; } // Cb, Cr

// Row y of the frame at word x. The pair needs one pixel more to either side, and half of each neighbour's chroma.
// Beyond the edge the edge pixel is repeated, with the chroma of its pair.
fn sums_along(x: u32, y: u32, last: vec2u) -> Sums {
    let row = min(y, last.y) * (last.x + 1u);
    let here = yuyv[row + x];
    let before = yuyv[row + max(x, 1u) - 1u];
    let after = yuyv[row + min(x + 1u, last.x)];
    let luma = low_bytes(here);
    let swapped = (luma << 16u) | (luma >> 16u);
    let before_luma = select(before >> 16u, here, x == 0u) & 0xffu;
    let after_luma = select(after, here >> 16u, x == last.x) & 0xffu;
    return Sums(
        2u * luma + swapped + (before_luma | (after_luma << 16u)),
        3u * high_bytes(here) + high_bytes(before),
        3u * high_bytes(here) + high_bytes(after),
    );
}

fn weighed_121(a: Sums, b: Sums, c: Sums) -> Sums {
    return Sums(a.luma + 2u * b.luma + c.luma, a.left + 2u * b.left + c.left, a.right + 2u * b.right + c.right);
}

// Means are taken of the codes: the way to R'G'B' is linear, so it can wait.
fn mean_rgb(luma: u32, chroma: u32) -> vec3f {
    let codes = vec3f(vec3u(luma, chroma & 0xffffu, chroma >> 16u)) / 16.0;
    return clamp(rgb_from_codes(params.coding, codes), vec3f(0.0), vec3f(1.0));
}

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
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
        let smooth_a = mean_rgb(sums.luma & 0xffffu, sums.left);
        let smooth_b = mean_rgb(sums.luma >> 16u, sums.right);
        let t = place(vec2u(0u, y), params.frame, texels).y - f32(strip.above);
        let line = between(line_above, line_below, t);
        var q = vec2f(dot(line.a.rgb, smooth_a) + line.a.a, dot(line.b.rgb, smooth_b) + line.b.a);
        let i = y * words.x + id.x;
        if params.steady == 1u {
            var left = Mean(q.x, 0.0);
            var right = Mean(q.y, 0.0);
            if noise.y > 1.5 { // the second frame and later: there is a history
                let n = noise.x;
                let d = between(change_above, change_below, t);
                left = steadied(q.x, history[i].x, length(line.a.rgb), n, d.a.r);
                right = steadied(q.y, history[i].y, length(line.b.rgb), n, d.b.r);
                q = vec2f(left.q, right.q);
            }
            history[i] = vec2u(packed(left), packed(right));
        }
        alpha[i] = pack2x16unorm(smoothstep(vec2f(0.0), vec2f(1.0), q));
    }
}
