// The light of another picture on the person, bounded: how much brighter and of which tint they become.
// in:  YUYV words of the frame; alpha; picture: YUYV words, coded as the frame; seconds since the last frame,
//      f32
// out: light: gains of R', G', B' for lib/tone.wgsl; then what is kept: 1 once a person was seen, and e, wr, wb, which
//      ln(brightness), ln(R/G) and ln(B/G) are changed by
// Over COLUMNS x ROWS words, with u = (ln R/G, ln B/G) of the mean colour, weighted by Y'^2, as what is bright
// tells of the light:
//   e = strength / 2 clamp(ln(mean Y' of the picture / mean Y' of the person, weighted by alpha^2), -.8, .8)
//   w = strength / 2 clamp(u of the picture - u of the room, weighted by (1 - alpha)^2 too, -.3, .3)
// which is approached by 1 - exp(-t / TIME) of the way, at once in the first frame with a person. Without a person
// it rests.

const COLUMNS = 128u;
const ROWS = 72u;
const NOBODY = 0.004;   // mean alpha^2
const TIME = 3.0;       // seconds
const BRIGHTER = 0.8;
const TINTED = 0.3;

struct Params {
    coding: Coding,
    frame: vec2u,   // pixels
    strength: f32,
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read> picture: array<u32>;
@group(0) @binding(3) var<storage, read> seconds: array<f32>;
@group(0) @binding(4) var<storage, read_write> light: array<f32, 12>;
@group(0) @binding(5) var<storage, read> params: Params;

struct Sums {
    person: vec4f,    // alpha^2, alpha^2 Y'; Y' of the picture
    room: vec4f,      // weighted R'G'B', weight
    picture: vec4f,
}

fn plus(a: Sums, b: Sums) -> Sums {
    return Sums(a.person + b.person, a.room + b.room, a.picture + b.picture);
}

fn sums_at(i: u32) -> Sums {
    let pixel = (2u * vec2u(i % COLUMNS, i / COLUMNS) + 1u) * params.frame / (2u * vec2u(COLUMNS, ROWS));
    let word = pixel.y * (params.frame.x / 2u) + pixel.x / 2u;
    let pair = unpack2x16unorm(alpha[word]);
    let a = 0.5 * (pair.x + pair.y);
    let weights = vec3f(0.299, 0.587, 0.114);
    let own = unpack_pair(params.coding, yuyv[word]);
    let other = unpack_pair(params.coding, picture[word]);
    let here = 0.5 * (own.a + own.b);
    let there = 0.5 * (other.a + other.b);
    let y = dot(here, weights);
    let y_there = dot(there, weights);
    let room = (1.0 - a) * (1.0 - a) * y * y;
    return Sums(
        vec4f(a * a, a * a * y, y_there, 0.0),
        vec4f(room * here, room),
        vec4f(y_there * y_there * there, y_there * y_there),
    );
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    var own = Sums();
    for (var i = lane; i < COLUMNS * ROWS; i += THREADS) { own = plus(own, sums_at(i)); }
    let sums = sum_of_lanes(lane, own);
    if lane > 0u { return; }

    let count = f32(COLUMNS * ROWS);
    let is_known = light[3] > 0.5;
    var now = vec3f(light[4], light[5], light[6]);
    let is_there = sums.person.x > NOBODY * count;
    if is_there {
        let person = max(sums.person.y / sums.person.x, 0.02);
        let brighter = log(max(sums.person.z / count, 0.02) / person);
        let room = tint_of(sums.room.rgb / max(sums.room.a, 1e-6));
        let there = tint_of(sums.picture.rgb / max(sums.picture.a, 1e-6));
        let tint = select(vec2f(0.0), there - room, sums.room.a > 1e-4 * count && sums.picture.a > 1e-4 * count);
        let goal = 0.5 * params.strength * vec3f(
            clamp(brighter, -BRIGHTER, BRIGHTER), clamp(tint, vec2f(-TINTED), vec2f(TINTED)));
        now += (goal - now) * select(1.0, 1.0 - exp(-max(seconds[0], 0.0) / TIME), is_known);
    }
    light[0] = exp(now.x + now.y);
    light[1] = exp(now.x);
    light[2] = exp(now.x + now.z);
    light[3] = select(0.0, 1.0, is_known || is_there);
    light[4] = now.x;
    light[5] = now.y;
    light[6] = now.z;
}
