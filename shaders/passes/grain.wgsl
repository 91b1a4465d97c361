// How noisy the camera is at each brightness, in codes, from what a sample of the frame differs by from its
// denoised history.
// in:  YUYV words of the frame; history of the frames before (lib/history.wgsl); clock: (seconds since the
//      last frame, the half of the history that holds the last frame)
// out: grain: for each eighth of the 256 luma codes the standard deviations of a frame's (luma, mean luma of
//      4x3 pixels, mean Cb or Cr of 3x3 words, 0), in codes; kept from frame to frame, 0: unknown
// Over COLUMNS x ROWS words: |d| / spread(age) in histograms, 1.4826 times whose median is the deviation of a
// normal distribution. The median is blind to the half of the frame that moves. Where a brightness has fewer
// than ENOUGH samples, all brightnesses stand in. The darkest eighth has no less noise than the next: black cuts off
// what lies below it, and with it what the median would see. A value falls by FALL of the difference in a frame and
// rises by RISE: movement of the whole picture is not taken for noise at once.

const COLUMNS = 96u;
const ROWS = 64u;
const THREADS = 256u;
const LEVELS = 8u;
const BINS = 64u;
const ENOUGH = 64u;
const FALL = 0.3;
const RISE = 0.1;

struct Params {
    words: vec2u,   // of the frame: words of a row, rows
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> history: array<vec2u>;
@group(0) @binding(2) var<storage, read> clock: vec2f;
@group(0) @binding(3) var<storage, read_write> grain: array<vec4f, LEVELS>;
@group(0) @binding(4) var<storage, read> params: Params;

var<workgroup> counts: array<atomic<u32>, 1536>;   // of measure and level, BINS each
var<workgroup> found: array<f32, 27>;              // of measure and level, then of all levels; below 0: too few

// Bins of a code: pixels differ by more than means do.
fn bins_per_code(measure: u32) -> f32 {
    return select(8.0, 4.0, measure == 0u);
}

fn add(measure: u32, level: u32, deviation: f32) {
    let bin = min(u32(abs(deviation) * bins_per_code(measure)), BINS - 1u);
    atomicAdd(&counts[(measure * LEVELS + level) * BINS + bin], 1u);
}

fn sample_at(i: u32) {
    let at = (2u * vec2u(i % COLUMNS, i / COLUMNS) + 1u) * params.words / (2u * vec2u(COLUMNS, ROWS));
    let half = u32(clock.y);
    let y = i32(at.y);
    let b = row_at(at.x, y, params.words, half);
    if b.past.age == 0.0 { return; }
    let change = change_of(row_at(at.x, y - 1, params.words, half), b, row_at(at.x, y + 1, params.words, half));
    let level = min(u32(0.5 * (b.past.luma.x + b.past.luma.y) / 32.0), LEVELS - 1u);
    let scale = 1.0 / spread(b.past.age);
    add(0u, level, scale * b.luma_change.y);
    add(1u, level, scale * change.luma);
    add(2u, level, scale * change.chroma.x);
    add(2u, level, scale * change.chroma.y);
}

// 1.4826 medians of levels first..end together; -1 if there are too few samples.
fn deviation(measure: u32, first: u32, end: u32, enough: u32) -> f32 {
    var total = 0u;
    for (var level = first; level < end; level++) {
        for (var bin = 0u; bin < BINS; bin++) { total += atomicLoad(&counts[(measure * LEVELS + level) * BINS + bin]); }
    }
    if total < enough { return -1.0; }
    let middle = 0.5 * f32(total);
    var before = 0.0;
    for (var bin = 0u; bin < BINS; bin++) {
        var here = 0.0;
        for (var level = first; level < end; level++) { here += f32(atomicLoad(&counts[(measure * LEVELS + level) * BINS + bin])); }
        if before + here >= middle { return 1.4826 * (f32(bin) + (middle - before) / max(here, 1.0)) / bins_per_code(measure); }
        before += here;
    }
    return -1.0;
}

fn learnt(before: f32, now: f32) -> f32 {
    if before == 0.0 { return now; }
    return before + select(RISE, FALL, now < before) * (now - before);
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    for (var i = lane; i < 3u * LEVELS * BINS; i += THREADS) { atomicStore(&counts[i], 0u); }
    workgroupBarrier();
    for (var i = lane; i < COLUMNS * ROWS; i += THREADS) { sample_at(i); }
    workgroupBarrier();
    if lane < 3u * LEVELS {
        let level = lane % LEVELS;
        found[lane] = deviation(lane / LEVELS, level, level + 1u, ENOUGH);
    } else if lane < 3u * LEVELS + 3u {
        found[lane] = deviation(lane - 3u * LEVELS, 0u, LEVELS, 1u);
    }
    workgroupBarrier();
    if lane >= LEVELS || found[3u * LEVELS] < 0.0 { return; }
    let own = vec3f(found[lane], found[LEVELS + lane], found[2u * LEVELS + lane]);
    let all = vec3f(found[3u * LEVELS], found[3u * LEVELS + 1u], found[3u * LEVELS + 2u]);
    let above = vec3f(found[1], found[LEVELS + 1u], found[2u * LEVELS + 1u]);
    let now = max(select(own, all, own < vec3f(0.0)), select(vec3f(0.0), above, lane == 0u));
    let before = grain[lane];
    grain[lane] = vec4f(learnt(before.x, now.x), learnt(before.y, now.y), learnt(before.z, now.z), 0.0);
}
