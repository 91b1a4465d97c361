// Decides which of several people is the person of the picture, and which parts of the mask are theirs.
// in:  mask p 0..1; owners: whose each texel was in the last frame; memory of KeptPerson; seconds since the last
//      frame, of which LONGEST count at most: nobody takes over in a pause
// out: classes: for each texel what `front` makes of it (lower 4 bits), and its last owner (upper bits);
//      memory
// A part is a set of texels with p >= .25 connected by their sides (lib/label.wgsl). Its score is its area
// times the square of how low it reaches: who sits nearest is largest and cut off by the lower edge. The kept
// person is the part that holds most of the last frame's; the best part if there is nobody yet. Somebody else
// takes over if they score one and a half times as much for PATIENCE, or once the kept person has been away
// for HOLD. Until then everything else is hidden.
// Other parts are the kept person's if they are small and were theirs, or are new, near (cells of 4x4 texels,
// three away at most) and do not come in over the side: a hand, a held mug. What was somebody else's stays so.
// Where the kept person's part holds texels that were somebody else's, or did until lately, the two touch:
// then `front` divides it.

const PART = 0.25;
const SMALL = 6u;         // a part is small if the person is this many times as large
const TOUCH = 12u;        // texels of somebody else in the person's part
const PATIENCE = 500u;    // milliseconds, as FADE
const HOLD = 1500u;
const WARY = 3000u;       // after a touch, while the two may still be one part
const LONGEST = 250u;
const NONE = 0xFFFFFFFFu;

// Memory, in milliseconds where it is a time, besides FADED (lib/owners.wgsl).
const STATE = 0u;         // 0 nobody is kept, 1 the person is there, 2 away
const AWAY = 1u;          // for how long
const RIVAL = 2u;         // for how long somebody else has scored much more
const EVER = 4u;          // 1 once somebody was kept
const TOUCHED = 5u;       // what is left of WARY

// What is counted of each part, at its root.
const AREA = 0u;
const LOW = 1u;           // the row below its lowest
const FLAGS = 5u;         // and at KEPT, OTHER, FORMER + 1 the texels that were theirs
const FIELDS = 6u;
const NEAR = 1u;
const SIDE = 2u;

@group(0) @binding(0) var mask: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> owners: array<u32>;
@group(0) @binding(2) var<storage, read_write> memory: array<u32>;
@group(0) @binding(3) var<storage, read_write> labels: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> cells: array<atomic<u32>>;  // 1: the person's; 2: near them
@group(0) @binding(6) var<storage, read_write> classes: array<u32>;
@group(0) @binding(7) var<storage, read> seconds: f32;

struct Decision {
    person: u32,      // root of the kept person's part
    state: u32,
    touches: u32,
    changed: u32,     // 1 in the frame in which somebody takes over
    fades: u32,       // 1 while somebody fades
}

var<workgroup> most: array<atomic<u32>, 2>;    // the person's overlap, the best score beside them
var<workgroup> roots: array<atomic<u32>, 2>;
var<workgroup> decision: Decision;

fn is_part(i: u32, width: u32) -> bool {
    return textureLoad(mask, vec2u(i % width, i / width), 0).r >= PART;
}

fn count(root: u32, field: u32) -> u32 {
    return atomicLoad(&counts[FIELDS * root + field]);
}

fn score(root: u32, height: u32) -> u32 {
    let reach = 256u * count(root, LOW) / height;
    return count(root, AREA) * reach / 256u * reach / 256u;
}

// The texels by which a part may be the kept person's; 0 if it is not.
fn overlap(root: u32, least: u32, is_away: bool) -> u32 {
    let kept = count(root, 1u + KEPT);
    let area = count(root, AREA);
    let others = count(root, 1u + OTHER) + count(root, 1u + FORMER);
    let holds = select(kept >= min(least, area / 4u), kept > others && 4u * kept >= area, is_away);
    return select(0u, kept, holds);
}

fn decide(least: u32, height: u32) {
    let tracked = atomicLoad(&roots[0]);
    let rival = atomicLoad(&roots[1]);
    var d = Decision(tracked, memory[STATE], 0u, 0u, 0u);
    let passed = min(u32(max(1000.0 * seconds + 0.5, 0.0)), LONGEST);
    var faded = min(memory[FADED] + passed, FADE);
    var away = 0u;
    var rivals = 0u;
    if tracked != NONE {
        d.state = 1u;
        if rival != NONE && 2u * score(rival, height) >= 3u * score(tracked, height) { rivals = memory[RIVAL] + passed; }
        if rivals >= PATIENCE {
            d.person = rival;
            d.changed = 1u;
            rivals = 0u;
            faded = 0u;
        }
    } else if d.state != 0u {
        away = memory[AWAY] + passed;
        d.state = select(2u, 0u, away > HOLD);
    }
    if d.state == 0u && rival != NONE {
        d.person = rival;
        d.state = 1u;
        faded = select(FADE, 0u, memory[EVER] == 1u);
        memory[EVER] = 1u;
    }
    d.fades = select(0u, 1u, faded < FADE);
    var touched = memory[TOUCHED] - min(memory[TOUCHED], passed);
    if tracked != NONE && d.changed == 0u {
        if count(tracked, 1u + OTHER) + count(tracked, 1u + FORMER) >= TOUCH { touched = WARY; }
        d.touches = select(0u, 1u, touched > 0u);
    }
    memory[STATE] = d.state;
    memory[AWAY] = away;
    memory[RIVAL] = rivals;
    memory[FADED] = faded;
    memory[TOUCHED] = touched;
    decision = d;
}

// Whose a part is that is not the kept person's largest.
fn class_of(root: u32, d: Decision) -> u32 {
    let area = count(root, AREA);
    let kept = count(root, 1u + KEPT);
    let other = count(root, 1u + OTHER);
    let former = count(root, 1u + FORMER);
    let flags = count(root, FLAGS);
    if d.person == NONE { return OTHER; }
    if d.changed == 1u && 2u * kept >= area { return FORMER; }
    if former > other && former > kept { return select(OTHER, FORMER, d.fades == 1u); }
    if other + former > kept || d.changed == 1u { return OTHER; }
    let is_near = (flags & NEAR) != 0u;
    let was_theirs = 2u * kept >= area;
    let is_small = SMALL * area <= count(d.person, AREA);
    let stays = select(is_small && is_near && (flags & SIDE) == 0u, is_small || is_near, was_theirs);
    return select(OTHER, KEPT, stays);
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let size = textureDimensions(mask);
    let texels = size.x * size.y;
    let least = texels / 300u;
    let grid = (size + 3u) / 4u;
    for (var i = lane; i < texels * FIELDS; i += THREADS) { atomicStore(&counts[i], 0u); }
    for (var i = lane; i < grid.x * grid.y; i += THREADS) { atomicStore(&cells[i], 0u); }
    if lane < 2u {
        atomicStore(&most[lane], 0u);
        atomicStore(&roots[lane], NONE);
    }
    label_parts(lane, size);

    for (var i = lane; i < texels; i += THREADS) {
        if !is_part(i, size.x) { continue; }
        let at = vec2u(i % size.x, i / size.x);
        let first = FIELDS * root_of(i);
        atomicAdd(&counts[first + AREA], 1u);
        atomicMax(&counts[first + LOW], at.y + 1u);
        if owners[i] > 0u { atomicAdd(&counts[first + 1u + owners[i]], 1u); }
        if at.x == 0u || at.x == size.x - 1u || at.y == 0u { atomicOr(&counts[first + FLAGS], SIDE); }
    }
    storageBarrier();
    workgroupBarrier();

    // A part's counts are at its root alone, so that texels with an area are roots.
    let is_away = memory[STATE] == 2u;
    let is_kept = memory[STATE] != 0u;
    for (var i = lane; i < texels; i += THREADS) {
        if is_kept && count(i, AREA) > 0u { atomicMax(&most[0], overlap(i, least, is_away)); }
    }
    workgroupBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        if is_kept && count(i, AREA) > 0u {
            let here = overlap(i, least, is_away);
            if here > 0u && here == atomicLoad(&most[0]) { atomicMin(&roots[0], i); }
        }
    }
    workgroupBarrier();
    let tracked = atomicLoad(&roots[0]);
    for (var i = lane; i < texels; i += THREADS) {
        if i != tracked && count(i, AREA) >= least { atomicMax(&most[1], score(i, size.y)); }
    }
    workgroupBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        if i != tracked && count(i, AREA) >= max(least, 1u) && score(i, size.y) == atomicLoad(&most[1]) {
            atomicMin(&roots[1], i);
        }
    }
    workgroupBarrier();
    if lane == 0u { decide(least, size.y); }
    let d = workgroupUniformLoad(&decision);

    for (var i = lane; i < texels; i += THREADS) {
        if is_part(i, size.x) && root_of(i) == d.person {
            atomicOr(&cells[i / size.x / 4u * grid.x + i % size.x / 4u], 1u);
        }
    }
    storageBarrier();
    for (var i = lane; i < grid.x * grid.y; i += THREADS) {
        let at = vec2i(vec2u(i % grid.x, i / grid.x));
        var near = 0u;
        for (var y = max(at.y - 3, 0); y <= min(at.y + 3, i32(grid.y) - 1); y++) {
            for (var x = max(at.x - 3, 0); x <= min(at.x + 3, i32(grid.x) - 1); x++) {
                near |= atomicLoad(&cells[y * i32(grid.x) + x]) & 1u;
            }
        }
        atomicOr(&cells[i], 2u * near);
    }
    storageBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        if is_part(i, size.x) && (atomicLoad(&cells[i / size.x / 4u * grid.x + i % size.x / 4u]) & 2u) != 0u {
            atomicOr(&counts[FIELDS * root_of(i) + FLAGS], NEAR);
        }
    }
    storageBarrier();
    for (var i = lane; i < texels; i += THREADS) {
        var kind = select(0u, REMEMBERED, d.state == 2u && owners[i] == KEPT);
        if is_part(i, size.x) {
            let root = root_of(i);
            if root == d.person {
                kind = select(KEPT, TOUCHING, d.touches == 1u);
            } else {
                kind = class_of(root, d);
            }
        }
        classes[i] = kind | (owners[i] << 4u);
    }
}
