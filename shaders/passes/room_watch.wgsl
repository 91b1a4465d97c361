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
var<workgroup> limit: u32;
var<workgroup> sums_a: array<vec4f, THREADS>;
var<workgroup> sums_b: array<vec4f, THREADS>;

// Sums over the workgroup, in a fixed order; every lane must call it.
fn summed(lane: u32, a: vec4f, b: vec4f) -> array<vec4f, 2> {
    workgroupBarrier();
    sums_a[lane] = a;
    sums_b[lane] = b;
    for (var span = THREADS / 2u; span > 0u; span /= 2u) {
        workgroupBarrier();
        if lane < span {
            sums_a[lane] += sums_a[lane + span];
            sums_b[lane] += sums_b[lane + span];
        }
    }
    workgroupBarrier();
    return array<vec4f, 2>(sums_a[0], sums_b[0]);
}

// Of the differences from 2^-12 to 1, 21 classes to a factor of two.
fn class_of(difference: f32) -> u32 {
    return u32(clamp((log2(max(difference, 1e-6)) + 12.0) * 21.3, 0.0, 255.0));
}

fn difference(g: vec3f, m: vec3f, gain: vec3f) -> f32 {
    let off = abs(g - gain * m);
    return max(off.r, max(off.g, off.b));
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let size = vec2i(textureDimensions(guide));
    let across = u32(size.x + 1) / 2u;
    let total = across * (u32(size.y + 1) / 2u);
    let before = gain_of(status.gain);
    atomicStore(&classes[lane], 0u); // workgroup memory begins with anything
    workgroupBarrier();
    for (var k = lane; k < total; k += THREADS) {
        let at = 2 * vec2i(vec2u(k % across, k / across));
        let i = at.y * size.x + at.x;
        if sight[i].w > 0.0 { atomicAdd(&classes[class_of(difference(textureLoad(guide, at).rgb, cells[i].rgb, before))], 1u); }
    }
    workgroupBarrier();
    if lane == 0u {
        var count = 0u;
        for (var c = 0u; c < THREADS; c++) { count += atomicLoad(&classes[c]); }
        var some = 0u;
        var c = 0u;
        for (; c < THREADS; c++) {
            some += atomicLoad(&classes[c]);
            if 5u * some >= 4u * count { break; }
        }
        limit = c;
    }
    workgroupBarrier();
    let most = limit;

    var product = vec4f(0.0);
    var square = vec4f(0.0);
    for (var k = lane; k < total; k += THREADS) {
        let at = 2 * vec2i(vec2u(k % across, k / across));
        let i = at.y * size.x + at.x;
        if sight[i].w > 0.0 {
            let g = textureLoad(guide, at).rgb;
            let m = cells[i].rgb;
            product.w += 1.0;
            if class_of(difference(g, m, before)) <= most {
                product += vec4f(g * m, 0.0);
                square += vec4f(m * m, 0.0);
            }
        }
    }
    let fit = summed(lane, product, square);
    let enough = fit[0].w > 100.0;
    let gain = select(before, fit[0].rgb / (fit[1].rgb + 1e-6), enough);

    var odd = vec4f(0.0);   // odd; with texture; odd with texture; known
    var person = vec4f(0.0);
    for (var k = lane; k < total; k += THREADS) {
        let at = 2 * vec2i(vec2u(k % across, k / across));
        let i = at.y * size.x + at.x;
        odd.w += select(0.0, 1.0, is_known(counts[i]));
        person.x += select(0.0, 1.0, textureLoad(last, at).r > 0.5);
        if sight[i].w > 0.0 {
            let cell = cells[i];
            let is_odd = select(0.0, 1.0, difference(textureLoad(guide, at).rgb, cell.rgb, gain) > 0.03 + 3.0 * sqrt(cell.a));
            let is_textured = select(0.0, 1.0, sight[i].y > 0.001);
            odd += vec4f(is_odd, is_textured, is_odd * is_textured, 0.0);
        }
    }
    let all_found = summed(lane, odd, person);
    let found = all_found[0];
    if lane != 0u { return; }
    let share = select(0.0, found.x / max(fit[0].w, 1.0), enough);
    let textured = select(0.0, found.z / max(found.y, 1.0), enough && found.y > 50.0);
    let bad = select(select(0.0, status.bad + 1.0, share > 0.15), status.bad, !enough);
    let is_lit = all(gain > vec3f(0.35)) && all(gain < vec3f(2.5));
    let is_put_back = status.doubt > 0.0;
    let agrees = enough && 5.0 * fit[0].w >= found.w && share < 0.1 && textured < 0.15;
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
    status.person = all_found[1].x / f32(total);
    status.frame = (status.frame + 1.0) % 4.0;
}
