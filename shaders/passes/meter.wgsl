// The light that the person needs: exposure by their brightness, white balance by the room's grey and their
// skin, slowly.
// in:  guide: R'G'B' of the frame at mask size, and |change of Y'| since the last frame; alpha; noise (n,
//      frames seen) of the guide's texels (expose.wgsl); clock: (seconds since the last frame, _)
// out: light: gains of R', G', B' for tone.wgsl; then what is kept: e = ln(gain), wr and wb, which ln(R/G) and
//      ln(B/G) are changed by; seconds since they were off; 1 while they move; seconds of this scene with a
//      person
// Over COLUMNS x ROWS texels, with Y' = (.299,.587,.114).R'G'B', p = alpha^2 and u = (ln R/G, ln B/G):
//   m, h: mean of Y', and 8th root of the mean of Y'^8 (what is bright of them), weighted by p
//   goal of e: ln of the gain that brings m up to LOW, or h to BRIGHT if that is less, at most MOST; below 0 if
//     m is over HIGH: to HIGH, at least LEAST. Someone in dark clothes, or with dark skin, in good light has
//     highlights and is left alone. A gain of more than max(n, VISIBLE) / (KEPT n) would show more noise than
//     there was, as `kept` of it is left when the picture was denoised (1: it was not)
//   room: mean of u, weighted by (1 - alpha)^2 ss(.1, .25, Y') (1 - ss(.88, .95, max R'G'B')) / (1 + |u|^2 /
//     .25^2)^2: the greys. Goal of w: - ROOM times it, less where there are few
//   skin: mean of u, weighted by p / (1 + |u - SKIN|^2 / .3^2)^2; w is moved so that u + w of the skin lies in
//     SKIN_LEAST..SKIN_MOST; then w is bounded
// In the first second of a scene the light follows at once. Then it rests until the goal has been farther away
// than FAR for HOLD seconds, so that a hand that passes changes nothing; it moves, no faster than FASTEST, by
// 1 - exp(-t / TIME) of the way, until it is nearer than STOP. Without a person it rests. A frame in which more than
// CUT of all texels change by more than .04 + 3 n begins another scene.

const COLUMNS = 128u;
const ROWS = 72u;
const NOBODY = 0.004;             // mean p
const LOW = 0.36;
const HIGH = 0.62;
const BRIGHT = 0.66;
const MOST = 0.916;               // ln 2.5
const LEAST = -0.35;
const VISIBLE = 0.004;
const ROOM = 0.7;
const GREYS = 0.02;               // mean weight of a room with enough grey
const SKIN = vec2f(0.3, -0.18);
const SKIN_LEAST = vec2f(0.1, -0.45);
const SKIN_MOST = vec2f(0.5, -0.02);
const BOUND = 0.15;
const FAR = vec3f(0.12, 0.04, 0.04);
const STOP = 0.25;                // of FAR
const HOLD = 2.5;                 // seconds
const TIME = 1.5;                 // seconds
const FASTEST = vec3f(0.12, 0.03, 0.03); // a second
const FRESH = 1.0;                // seconds
const SOON = 0.15;                // seconds
const LONGEST = 0.25;             // seconds: no jump after a pause
const CUT = 0.8;

struct Params {
    frame: vec2u,   // pixels
    texels: vec2u,  // of the guide
    kept: f32,      // of the noise, 0..1
    padding: u32,
}

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var<storage, read> noise: vec2f;
@group(0) @binding(3) var<storage, read> clock: vec2f;
@group(0) @binding(4) var<storage, read_write> light: array<f32, 12>;
@group(0) @binding(5) var<storage, read> params: Params;

struct Sums {
    person: vec4f,   // p, p Y', p Y'^8; texels that changed
    room: vec4f,     // weight, weight u
    skin: vec4f,
}

fn plus(a: Sums, b: Sums) -> Sums {
    return Sums(a.person + b.person, a.room + b.room, a.skin + b.skin);
}

fn robust(d: vec2f, reach: f32) -> f32 {
    let w = 1.0 / (1.0 + dot(d, d) / (reach * reach));
    return w * w;
}

fn sums_at(i: u32, changed: f32) -> Sums {
    let place = 2u * vec2u(i % COLUMNS, i / COLUMNS) + 1u;
    let at = place * params.texels / (2u * vec2u(COLUMNS, ROWS));
    let pixel = place * params.frame / (2u * vec2u(COLUMNS, ROWS));
    let texel = textureLoad(guide, vec2i(at));
    let pair = unpack2x16unorm(alpha[pixel.y * (params.frame.x / 2u) + pixel.x / 2u]);
    let a = 0.5 * (pair.x + pair.y);
    let c = clamp(texel.rgb, vec3f(0.0), vec3f(1.0));
    let y = dot(c, vec3f(0.299, 0.587, 0.114));
    let u = tint_of(c);
    let p = a * a;
    let y2 = y * y;
    let y4 = y2 * y2;
    let grey = (1.0 - a) * (1.0 - a) * smoothstep(0.1, 0.25, y)
        * (1.0 - smoothstep(0.88, 0.95, max(c.r, max(c.g, c.b)))) * robust(u, 0.25);
    let skin = p * robust(u - SKIN, 0.3);
    return Sums(
        vec4f(p, p * y, p * y4 * y4, select(0.0, 1.0, texel.a > changed)),
        vec4f(grey, grey * u, 0.0),
        vec4f(skin, skin * u, 0.0),
    );
}

fn exposure_goal(person: vec4f) -> f32 {
    let mean = clamp(person.y / person.x, 0.01, 0.99);
    let bright = clamp(pow(person.z / person.x, 0.125), 0.01, 0.99);
    let up = max(0.0, log(min(gain_for(mean, LOW), gain_for(bright, BRIGHT))));
    let down = min(0.0, log(gain_for(mean, HIGH)));
    let n = noise_before(noise);
    let quiet = max(0.0, log(max(n, VISIBLE) / (params.kept * n)));
    return max(min(up, min(quiet, MOST)), 0.0) + max(down, LEAST);
}

fn balance_goal(sums: Sums) -> vec2f {
    let count = f32(COLUMNS * ROWS);
    let greys = sums.room.yz / max(sums.room.x, 1e-6);
    let by_room = -ROOM * greys * min(1.0, sums.room.x / (GREYS * count));
    let own = sums.skin.yz / max(sums.skin.x, 1e-6);
    let by_skin = clamp(own + by_room, SKIN_LEAST, SKIN_MOST) - own;
    let share = min(1.0, 4.0 * sums.skin.x / max(sums.person.x, 1e-6));
    return clamp(mix(by_room, by_skin, share), vec2f(-BOUND), vec2f(BOUND));
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let changed = 0.04 + 3.0 * noise_before(noise);
    var own = Sums();
    for (var i = lane; i < COLUMNS * ROWS; i += THREADS) { own = plus(own, sums_at(i, changed)); }
    let sums = sum_of_lanes(lane, own);
    if lane > 0u { return; }

    let count = f32(COLUMNS * ROWS);
    let dt = clamp(clock.x, 0.0, LONGEST);
    let is_cut = sums.person.w > CUT * count;
    let before = vec3f(light[4], light[5], light[6]);
    let age = select(light[9], 0.0, is_cut);
    var now = before;
    var off = 0.0;
    var moves = false;
    var grown = age;
    if sums.person.x > NOBODY * count {
        let way = vec3f(exposure_goal(sums.person), balance_goal(sums)) - before;
        let far = abs(way) / FAR;
        let distance = max(far.x, max(far.y, far.z));
        let is_fresh = age < FRESH;
        off = select(0.0, light[7] + dt, distance > 1.0 && !is_fresh);
        moves = !is_fresh && (off > HOLD || (light[8] > 0.5 && distance > STOP));
        let step = clamp(way * (1.0 - exp(-dt / TIME)), -FASTEST * dt, FASTEST * dt);
        let jump = way * select(1.0 - exp(-dt / SOON), 1.0, age == 0.0);
        now += select(select(vec3f(0.0), step, moves), jump, is_fresh);
        grown = min(age + max(dt, 1e-3), 1e3);
    }
    light[0] = exp(now.x + now.y);
    light[1] = exp(now.x);
    light[2] = exp(now.x + now.z);
    light[4] = now.x;
    light[5] = now.y;
    light[6] = now.z;
    light[7] = off;
    light[8] = select(0.0, 1.0, moves);
    light[9] = grown;
}
