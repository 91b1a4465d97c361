// The frame without its noise: averaged over time where nothing moves, over neighbours where anything did.
// in:  YUYV words of the frame; history of the frames before (lib/history.wgsl); grain: the noise at each
//      eighth of the luma codes (grain.wgsl); clock: (seconds, the half of the history that holds the last
//      frame)
// out: YUYV words, denoised; the other half of the history
//      With s, b, c: deviations of luma, of its mean in 4x3 pixels, of mean chroma in 3x3 words, at the
//      history's luma, linear between the middles of the eighths, at least LEAST; v = sqrt(1 + 1/age):
//      frames = clamp((s / TARGET)^2, 1, MOST): as many as leave TARGET codes of noise
//      t = max(|mean of luma's change| / b, |mean of Cb's or Cr's change| / c) / v
//      beyond = max((t - 2) / 2, 3 (mean |luma's change| / (.798 s v) - 1.4)), which is 0 for most noise
//      age' = min(1 + age (1 - ss(0, 1, beyond)), frames)
//      mean' = H + (I - H) / age', with H the history's sample, clamped to those of I in 3x3 pixels (chroma:
//      words): what is gone from the neighbourhood cannot stay in the mean
//      out = mean' + (1 - 1/frames) (S - I) / age', with S the mean of the same neighbours, weighted by
//      1 - (difference from C / 4 s)^2, C being I between the least and the largest of the other eight, also
//      among them: what the new frame brings comes in without its noise, a single pixel far off included
// Pixels of a word share their motion, as they share their chroma. ss is smoothstep; .798 is the mean of |z|
// of a normal distribution. Without noise the frame keeps its bytes. A thread makes ROWS words, one below the
// other. Source: recursive temporal noise reduction with motion detection (Brailean et al., Noise reduction
// filters for dynamic image sequences: a review, Proc. IEEE 83(9), 1995); clamping to the neighbourhood as in
// temporal antialiasing (Karis, High-quality temporal supersampling, SIGGRAPH 2014 courses).

const ROWS = 8u;
const LEVELS = 8u;
const TARGET = 0.5;                        // codes
const MOST = 16.0;                         // frames
const LEAST = vec3f(0.3, 0.12, 0.12);      // codes
const RANGE = 4.0;                         // deviations
const CHROMA = 2.0;                        // deviations of a word's chroma in those of their mean

struct Params {
    words: vec2u,   // of the frame: words of a row, rows
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read_write> history: array<vec2u>;
@group(0) @binding(2) var<storage, read> grain: array<vec4f, LEVELS>;
@group(0) @binding(3) var<storage, read> clock: vec2f;
@group(0) @binding(4) var<storage, read_write> clean: array<u32>;
@group(0) @binding(5) var<storage, read> params: Params;

fn noise_at(luma: f32) -> vec3f {
    let at = clamp(luma / 32.0 - 0.5, 0.0, f32(LEVELS - 1u));
    let below = min(u32(at), LEVELS - 2u);
    return max(mix(grain[below].xyz, grain[below + 1u].xyz, at - f32(below)), LEAST);
}

// The mean of nine samples, weighted by how near they are to the middle one.
fn near_mean(above: vec3f, row: vec3f, below: vec3f, reach: f32) -> f32 {
    let wa = weight((above - row.y) / reach);
    let wb = weight((row - row.y) / reach);
    let wc = weight((below - row.y) / reach);
    return (dot(wa, above) + dot(wb, row) + dot(wc, below)) / dot(wa + wb + wc, vec3f(1.0));
}

fn weight(d: vec3f) -> vec3f {
    return max(1.0 - d * d, vec3f(0.0));
}

struct Mean {
    mean: f32,
    shown: f32,
}

// One sample: `before` is the history's, `share` what the new frame's smoothing may change.
fn mean_of(above: vec3f, row: vec3f, below: vec3f, before: f32, age: f32, share: f32, reach: f32) -> Mean {
    let low = min(above, below);
    let high = max(above, below);
    let least = min(min(min(low.x, low.y), low.z), min(row.x, row.z));
    let most = max(max(max(high.x, high.y), high.z), max(row.x, row.z));
    let held = clamp(before, min(least, row.y), max(most, row.y));
    let mean = held + (row.y - held) / age;
    let near = near_mean(above, vec3f(row.x, clamp(row.y, least, most), row.z), below, reach);
    return Mean(mean, mean + share * (near - row.y));
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= params.words.x || id.y * ROWS >= params.words.y { return; }
    let half = u32(clock.y);
    let base = (1u - half) * params.words.x * params.words.y;
    let first = id.y * ROWS;
    let end = min(first + ROWS, params.words.y);
    var a = row_at(id.x, i32(first) - 1, params.words, half);
    var b = row_at(id.x, i32(first), params.words, half);
    for (var y = first; y < end; y++) {
        let c = row_at(id.x, i32(y) + 1, params.words, half);
        let change = change_of(a, b, c);
        let noise = noise_at(0.5 * (b.past.luma.x + b.past.luma.y));
        let v = spread(b.past.age);
        let frames = clamp((noise.x / TARGET) * (noise.x / TARGET), 1.0, MOST);
        let t = max(abs(change.luma) / noise.y, max(abs(change.chroma.x), abs(change.chroma.y)) / noise.z) / v;
        let beyond = max(0.5 * (t - 2.0), 3.0 * (change.scatter / (0.798 * noise.x * v) - 1.4));
        let age = min(1.0 + b.past.age * (1.0 - smoothstep(0.0, 1.0, beyond)), frames);
        let share = (1.0 - 1.0 / frames) / age;
        let reach = RANGE * noise.x;
        let wide = RANGE * CHROMA * noise.z;
        let left = mean_of(a.luma.xyz, b.luma.xyz, c.luma.xyz, b.past.luma.x, age, share, reach);
        let right = mean_of(a.luma.yzw, b.luma.yzw, c.luma.yzw, b.past.luma.y, age, share, reach);
        let cb = mean_of(a.cb, b.cb, c.cb, b.past.chroma.x, age, share, wide);
        let cr = mean_of(a.cr, b.cr, c.cr, b.past.chroma.y, age, share, wide);
        let i = y * params.words.x + id.x;
        history[base + i] = entry_of(Past(vec2f(left.mean, right.mean), vec2f(cb.mean, cr.mean), age));
        clean[i] = word_of(vec4f(left.shown, cb.shown, right.shown, cr.shown));
        a = b;
        b = c;
    }
}
