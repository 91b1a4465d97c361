// The camera's gain against the learnt room, and whether the room is still the one that was learnt.
// in:  guide R'G'B' G; cells and counts of the room (lib/room.wgsl), M and V; sight: tv and which cells are
//      visible; the refined mask of the frame before; of all these every second cell of every second row
// out: status:
//      gain: for each channel sum(G M) / sum(M M) over the visible cells but the worst fifth, by the largest
//            |G - gain M| of the channels under the gain before (counted in 256 classes); as it was where 100
//            cells or fewer are visible
//      odd: share of the visible cells with |G - gain M| > .03 + 3 sqrt(V) in a channel; textured: the same
//            where tv > .001, 0 where 50 cells or fewer have that
//      forget: 1 if odd > .4, or odd > .15 in two frames running, or textured > .25, or the gain leaves .35..2.5
//            (the camera was moved, the light was switched): the gain is 1 then
//      doubt, agreed: a room that was put back (doubt > 0) is confirmed once five frames running have a fifth of the
//            known cells visible, of them fewer than .1 odd, and textured < .15; it is forgotten after 600 frames
//            without that, and when somebody says that nobody is there
//      age: frames since forgetting
//      known: share of the cells that are known, 0 after forgetting and in doubt; person: share where the mask
//            before is > .5
// Source: docs/PICTURE.md, "The learnt room".

const THREADS = 256u;
const AGREED = 5.0;           // frames running that confirm a room
const LONGEST_DOUBT = 600.0;  // frames

@group(0) @binding(0) var guide: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> cells: array<vec4f>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read> sight: array<vec4f>;
@group(0) @binding(4) var last: texture_storage_2d<r32float, read>;
@group(0) @binding(5) var<storage, read_write> status: Status;

var<workgroup> classes: array<atomic<u32>, THREADS>;
var<workgroup> sixteens: array<u32, 16>;   // sums of sixteen classes
var<workgroup> limit: u32;
var<workgroup> sums_a: array<vec4f, THREADS>;
var<workgroup> sums_b: array<vec4f, THREADS>;

struct Sums {
    a: vec4f,
    b: vec4f,
}

// Sums over the workgroup, in a fixed order; every lane must call it.
fn summed(lane: u32, own: Sums) -> Sums {
    workgroupBarrier();
    sums_a[lane] = own.a;
    sums_b[lane] = own.b;
    for (var span = THREADS / 2u; span > 0u; span /= 2u) {
        workgroupBarrier();
        if lane < span {
            sums_a[lane] += sums_a[lane + span];
            sums_b[lane] += sums_b[lane + span];
        }
    }
    workgroupBarrier();
    return Sums(sums_a[0], sums_b[0]);
}

// Of the differences from 2^-12 to 1, 21 classes to a factor of two.
fn class_of(difference: f32) -> u32 {
    return u32(clamp((log2(max(difference, 1e-6)) + 12.0) * 21.3, 0.0, 255.0));
}

fn difference(g: vec3f, m: vec3f, gain: vec3f) -> f32 {
    let off = abs(g - gain * m);
    return max(off.r, max(off.g, off.b));
}

// One of the cells that are looked at.
struct Cell {
    colour: vec3f,
    room: vec4f,
    is_visible: bool,
    has_texture: bool,
    is_known: bool,
    has_person: bool,
}

// Cell `k` of `total`; one of which nothing is true beyond them.
fn cell(k: u32, total: u32, size: vec2i) -> Cell {
    let across = u32(size.x + 1) / 2u;
    let inside = min(k, total - 1u);
    let at = 2 * vec2i(vec2u(inside % across, inside / across));
    let i = at.y * size.x + at.x;
    let is_one = k < total;
    let seen = sight[i];
    return Cell(
        textureLoad(guide, at).rgb,
        cells[i],
        is_one && seen.w > 0.0,
        seen.y > 0.001,
        is_one && is_known(counts[i]),
        is_one && textureLoad(last, at).r > 0.5,
    );
}

// Cells that a lane reads before it looks at the first: the reads are under way together, and the GPU waits for this one
// workgroup.
const BATCH = 4u;

struct FourCells {
    a: Cell,
    b: Cell,
    c: Cell,
    d: Cell,
}

fn four_cells(k: u32, total: u32, size: vec2i) -> FourCells {
    return FourCells(
        cell(k, total, size),
        cell(k + THREADS, total, size),
        cell(k + 2u * THREADS, total, size),
        cell(k + 3u * THREADS, total, size),
    );
}

fn count(one: Cell, gain: vec3f) {
    if one.is_visible { atomicAdd(&classes[class_of(difference(one.colour, one.room.rgb, gain))], 1u); }
}

// a: sum of G M, and how many cells are visible; b: sum of M M; both of visible cells of a class up to `most`.
fn fitted(sums: Sums, one: Cell, gain: vec3f, most: u32) -> Sums {
    let g = one.colour;
    let m = one.room.rgb;
    let is_used = one.is_visible && class_of(difference(g, m, gain)) <= most;
    let product = select(vec3f(0.0), g * m, is_used);
    return Sums(sums.a + vec4f(product, f32(one.is_visible)), sums.b + select(vec4f(0.0), vec4f(m * m, 0.0), is_used));
}

// a: how many cells are odd, have texture, are both, and are known; b: in how many there is a person.
fn found_in(sums: Sums, one: Cell, gain: vec3f) -> Sums {
    let usual = 0.03 + 3.0 * sqrt(one.room.a);
    let is_odd = one.is_visible && difference(one.colour, one.room.rgb, gain) > usual;
    let is_textured = one.is_visible && one.has_texture;
    let found = vec4f(f32(is_odd), f32(is_textured), f32(is_odd && is_textured), f32(one.is_known));
    return Sums(sums.a + found, sums.b + vec4f(f32(one.has_person), 0.0, 0.0, 0.0));
}

// The first class up to which four fifths of all cells are counted. All lanes must call it.
fn four_fifths(lane: u32) -> u32 {
    if lane < 16u {
        var sum = 0u;
        for (var c = 0u; c < 16u; c++) { sum += atomicLoad(&classes[16u * lane + c]); }
        sixteens[lane] = sum;
    }
    workgroupBarrier();
    var count = 0u;
    var below = 0u;
    for (var c = 0u; c < 16u; c++) {
        count += sixteens[c];
        below += select(0u, sixteens[c], c < lane / 16u);
        below += select(0u, atomicLoad(&classes[16u * (lane / 16u) + c]), c < lane % 16u);
    }
    let is_enough = 5u * (below + atomicLoad(&classes[lane])) >= 4u * count;
    if is_enough && (lane == 0u || 5u * below < 4u * count) { limit = lane; }
    workgroupBarrier();
    return limit;
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let size = vec2i(textureDimensions(guide));
    let total = u32((size.x + 1) / 2 * ((size.y + 1) / 2));
    let before = gain_of(status.gain);
    atomicStore(&classes[lane], 0u); // workgroup memory begins with anything
    workgroupBarrier();
    for (var k = lane; k < total; k += BATCH * THREADS) {
        let four = four_cells(k, total, size);
        count(four.a, before);
        count(four.b, before);
        count(four.c, before);
        count(four.d, before);
    }
    workgroupBarrier();
    let most = four_fifths(lane);

    var sums = Sums();
    for (var k = lane; k < total; k += BATCH * THREADS) {
        let four = four_cells(k, total, size);
        sums = fitted(sums, four.a, before, most);
        sums = fitted(sums, four.b, before, most);
        sums = fitted(sums, four.c, before, most);
        sums = fitted(sums, four.d, before, most);
    }
    let fit = summed(lane, sums);
    let enough = fit.a.w > 100.0;
    let gain = select(before, fit.a.rgb / (fit.b.rgb + 1e-6), enough);

    sums = Sums();
    for (var k = lane; k < total; k += BATCH * THREADS) {
        let four = four_cells(k, total, size);
        sums = found_in(sums, four.a, gain);
        sums = found_in(sums, four.b, gain);
        sums = found_in(sums, four.c, gain);
        sums = found_in(sums, four.d, gain);
    }
    let all_found = summed(lane, sums);
    let found = all_found.a;
    if lane != 0u { return; }
    let share = select(0.0, found.x / max(fit.a.w, 1.0), enough);
    let textured = select(0.0, found.z / max(found.y, 1.0), enough && found.y > 50.0);
    let bad = select(select(0.0, status.bad + 1.0, share > 0.15), status.bad, !enough);
    let is_lit = all(gain > vec3f(0.35)) && all(gain < vec3f(2.5));
    let is_put_back = status.doubt > 0.0;
    let agrees = enough && 5.0 * fit.a.w >= found.w && share < 0.1 && textured < 0.15;
    let agreed = select(0.0, status.agreed + 1.0, is_put_back && agrees);
    let is_open = is_put_back && agreed < AGREED;
    let is_hopeless = is_open && (status.doubt >= LONGEST_DOUBT || status.ask > 0.0);
    let forget = share > 0.4 || textured > 0.25 || bad >= 2.0 || !is_lit || is_hopeless;
    status.gain = select(gain, vec3f(1.0), forget);
    status.bad = select(bad, 0.0, forget);
    status.forget = select(0.0, 1.0, forget);
    status.resets = min(status.resets + select(0.0, 1.0, forget), 1e6);
    status.odd = share;
    status.textured = textured;
    status.doubt = select(0.0, status.doubt + 1.0, is_open && !forget);
    status.agreed = select(0.0, agreed, is_open && !forget);
    status.age = select(min(status.age + 1.0, 1e6), 0.0, forget);
    status.known = select(found.w / f32(total), 0.0, forget || is_open);
    status.person = all_found.b.x / f32(total);
    status.frame = (status.frame + 1.0) % 4.0;
}
