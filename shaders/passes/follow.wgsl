// Moves the shown region of the next frame so that it follows the person.
// in:  alpha of the frame; f32 seconds since the frame before
// out: region: left, top, width, height in pixels of the turned picture; the speed of its centre in pixels a
//      second and of ln(width); 1 while it moves.  memory[1], frames seen, becomes 0 if the next frame shows
//      another region than this one: then nothing is left to average alpha with
// The person spans the columns and rows between which alpha has all but a hundredth of its sum on either
// side. The goal is a region with the person in the middle and HEADROOM of its height above them, of such a
// size that they cover COVER of it, but at most WIDEST of its width (two people sit apart); no smaller than
// `closest` allows and never beyond `whole`. What they cover grows as the region shrinks, about as 1 / width
// where it cuts them off below, so there is one such size. The goal is the whole picture if nobody is there,
// or if its left or right edge cuts them off: then they cannot come into the middle.
// The region rests until the goal is farther away than START, or is the whole picture. Then it moves like a
// critically damped spring
//   x'' = w^2 (goal - x) - 2 w x'
// until it is nearer than STOP, and coasts. Each step is the exact solution over its time, so the frame rate
// makes no difference. The speed is limited.

struct Params {
    whole: vec4f,     // left, top, width, height of the largest region
    frame: vec2u,     // pixels
    closest: f32,     // how many times smaller the region may become
    padding: u32,
}

@group(0) @binding(0) var<storage, read> alpha: array<u32>;
@group(0) @binding(1) var<storage, read> seconds: array<f32>;
@group(0) @binding(2) var<storage, read_write> state: array<f32>;
@group(0) @binding(3) var<storage, read_write> memory: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const COLUMNS = 128u;
const ROWS = 72u;
const NOBODY = 0.004;                   // mean alpha
const RIM = 0.01;
const SIDE = 0.01;                      // share of the whole's width
const COVER = 0.25;
const WIDEST = 0.9;
const HEADROOM = 0.12;
const START = vec3f(0.08, 0.08, 0.3);   // shares of width and height; difference of ln(width)
const STOP = vec3f(0.01, 0.01, 0.05);
const BEYOND = 0.04;                    // below STOP: a goal this far beyond the whole makes the region reach it
const W = 2.5;                          // a second
const FASTEST = vec3f(0.4, 0.4, 0.5);   // START's units a second
const LONGEST = 0.25;                   // seconds: no jump after a pause
const MOVED = 0.02;                     // pixels of the frame

// Sums of alpha over COLUMNS x ROWS samples: of each column, then of each row.
var<workgroup> sums: array<f32, 200>;

fn alpha_at(column: u32, row: u32) -> f32 {
    let at = (2u * vec2u(column, row) + 1u) * params.frame / (2u * vec2u(COLUMNS, ROWS));
    let pair = unpack2x16unorm(alpha[at.y * (params.frame.x / 2u) + at.x / 2u]);
    return select(pair.x, pair.y, at.x % 2u == 1u);
}

fn sum_of(lane: u32) {
    var sum = 0.0;
    if lane < COLUMNS {
        for (var row = 0u; row < ROWS; row++) { sum += alpha_at(lane, row); }
    } else {
        for (var column = 0u; column < COLUMNS; column++) { sum += alpha_at(column, lane - COLUMNS); }
    }
    sums[lane] = sum;
}

// The position, 0..1, at which the sum from the start reaches `part`.
fn passed(first: u32, count: u32, part: f32) -> f32 {
    var before = 0.0;
    for (var i = 0u; i < count; i++) {
        let here = sums[first + i];
        if before + here >= part { return (f32(i) + (part - before) / here) / f32(count); }
        before += here;
    }
    return 1.0;
}

// A region as its centre and ln(width), which is what the spring moves.
fn centre_of(region: vec4f) -> vec3f {
    return vec3f(region.xy + 0.5 * region.zw, log(region.z));
}

// The region with this centre and ln(width), kept within the whole.
fn region_of(centre: vec3f) -> vec4f {
    let size = params.whole.zw * min(exp(centre.z) / params.whole.z, 1.0);
    let corner = clamp(centre.xy - 0.5 * size, params.whole.xy, params.whole.xy + params.whole.zw - size);
    return vec4f(corner, size);
}

fn wanted(region: vec4f) -> vec3f {
    let everything = centre_of(params.whole) + vec3f(0.0, 0.0, BEYOND);
    var total = 0.0;
    for (var i = 0u; i < COLUMNS; i++) { total += sums[i]; }
    if total < NOBODY * f32(COLUMNS * ROWS) { return everything; }
    let left = region.x + region.z * passed(0u, COLUMNS, RIM * total);
    let right = region.x + region.z * passed(0u, COLUMNS, (1.0 - RIM) * total);
    let side = vec2f(params.whole.x, params.whole.x + params.whole.z) + vec2f(SIDE, -SIDE) * params.whole.z;
    if left < side.x || right > side.y { return everything; }
    let top = region.y + region.w * passed(COLUMNS, ROWS, RIM * total);
    let covering = region.z * total / (COVER * f32(COLUMNS * ROWS));
    let width = max(max(covering, (right - left) / WIDEST), params.whole.z / params.closest);
    if width >= params.whole.z { return everything; }
    let height = width * params.whole.w / params.whole.z;
    return centre_of(region_of(vec3f(0.5 * (left + right), top + (0.5 - HEADROOM) * height, log(width))));
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    if lane < COLUMNS + ROWS { sum_of(lane); }
    workgroupBarrier();
    if lane > 0u { return; }
    let region = vec4f(state[0], state[1], state[2], state[3]);
    let size = vec3f(region.zw, 1.0);
    let centre = centre_of(region);
    let goal = wanted(region);
    let off = centre - goal;
    let distance = abs(off) / size;
    let goes_on = state[7] > 0.5 || goal.z > centre_of(params.whole).z;
    let moves = select(any(distance > START), any(distance > STOP), goes_on);

    let dt = clamp(seconds[0], 0.0, LONGEST);
    let speed = vec3f(state[4], state[5], state[6]);
    let spent = exp(-W * dt);
    let pull = (speed + W * off) * dt;
    let way = select(speed * (1.0 - spent * spent) / (2.0 * W), (off + pull) * spent - off, moves);
    let after = select(speed * spent * spent, (speed - W * pull) * spent, moves);
    let fastest = FASTEST * size;
    let next = region_of(centre + clamp(way, -fastest * dt, fastest * dt));
    let kept = clamp(after, -fastest, fastest);

    state[0] = next.x;
    state[1] = next.y;
    state[2] = next.z;
    state[3] = next.w;
    state[4] = kept.x;
    state[5] = kept.y;
    state[6] = kept.z;
    state[7] = select(0.0, 1.0, moves);
    let shift = vec4f(next.xy, next.xy + next.zw) - vec4f(region.xy, region.xy + region.zw);
    let pixels = abs(shift) * f32(params.frame.x) / region.z;
    if any(pixels > vec4f(MOVED)) { memory[1] = 0.0; }
}
