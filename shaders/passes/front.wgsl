// Keeps one person of the mask, as `people` decided.
// in:  mask p 0..1; guide R'G'B' 0..1; classes and memory of `people`
// out: kept: p of the person, 0 elsewhere; owners: whose each texel is, for the next frame
// Two people whose masks touch are one part. It is divided by where they were: texels that were one's, with
// nothing of the other within DEEP, are certain, but for the person's outermost texel, which may have the room's
// colour; a texel between goes to whom it is nearer, along a way on which crossing an edge of the picture costs
// more than following a surface. What neither reaches is hidden, and somebody else's from now on if it is as wide
// as three texels; a rim is nobody's.
// So is what lies farther than STEPS from the person and in no part of theirs, and whatever is as near to one
// as to the other.
// Source: Vezhnevets, Konouchine, GrowCut: Interactive Multi-Label N-D Image Segmentation (2005), with costs
// of whole numbers.

const DEEP = 3;
const STEPS = 4;
const FARTHEST = 7u;      // the cost of the longest way
const EDGE = 8u;          // 8-bit codes that cost as much as a step
const STEEPEST = 7u;
const FAR = 255u;

const OUTSIDE = 15u;      // of the frame

@group(0) @binding(0) var mask: texture_2d<f32>;
@group(0) @binding(1) var guide: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> classes: array<u32>;
@group(0) @binding(3) var<storage, read_write> memory: array<u32>;
@group(0) @binding(4) var<storage, read_write> owners: array<u32>;
@group(0) @binding(5) var kept: texture_storage_2d<r32float, write>;

const SIDE = 32;          // a tile of 16x16 texels and eight around it
const RIM = 8;

var<workgroup> texels: array<u32, 1024>;         // 8-bit R'G'B', last owner << 4, class
var<workgroup> costs: array<array<u32, 1024>, 2>;   // from the person, from others << 8
var<workgroup> seen: atomic<u32>;                // a bit for each class of the region
var<workgroup> all_seen: u32;

fn load(at: vec2i, size: vec2i) -> u32 {
    if any(at < vec2i(0)) || any(at >= size) { return OUTSIDE; }
    let colour = textureLoad(guide, at * vec2i(textureDimensions(guide)) / size, 0).rgb;
    let code = vec3u(clamp(255.0 * colour + 0.5, vec3f(0.0), vec3f(255.0)));
    return (code.r << 24u) | (code.g << 16u) | (code.b << 8u) | (classes[at.y * size.x + at.x] & 255u);
}

fn class_of(texel: u32) -> u32 { return texel & 15u; }
fn owner_of(texel: u32) -> u32 { return (texel >> 4u) & 15u; }

// Whether a texel and the eight around it were the person's, or lie outside.
fn is_all_kept(i: i32) -> bool {
    var all = true;
    for (var n = 0; n < 9; n++) {
        let texel = texels[i + (n / 3 - 1) * SIDE + n % 3 - 1];
        all = all && (class_of(texel) == OUTSIDE || owner_of(texel) == KEPT);
    }
    return all;
}

fn is_reached(cost: u32) -> bool {
    return (cost & 255u) <= FARTHEST && (cost & 255u) < cost >> 8u;
}

// Whether a texel and the eight around it are of the part that two share, and not the person's; or lie outside.
fn is_wide(i: i32) -> bool {
    var all = true;
    for (var n = 0; n < 9; n++) {
        let at = i + (n / 3 - 1) * SIDE + n % 3 - 1;
        let kind = class_of(texels[at]);
        all = all && (kind == OUTSIDE || (kind == TOUCHING && !is_reached(costs[STEPS % 2][at])));
    }
    return all;
}

// Costs at the start: 0 where it is certain whose a texel is.
fn start(i: i32) -> u32 {
    let texel = texels[i];
    let kind = class_of(texel);
    if kind == KEPT { return FAR << 8u; }
    if kind == OTHER || kind == FORMER { return FAR; }
    let x = i % SIDE;
    let y = i / SIDE;
    let is_rim = min(x, y) < DEEP || max(x, y) >= SIDE - DEEP;
    if kind != TOUCHING || owner_of(texel) == 0u || is_rim { return FAR | (FAR << 8u); }
    let is_kept = owner_of(texel) == KEPT;
    if is_kept && !is_all_kept(i) { return FAR | (FAR << 8u); }
    for (var dy = -DEEP; dy <= DEEP; dy++) {
        for (var dx = -DEEP; dx <= DEEP; dx++) {
            let owner = owner_of(texels[i + dy * SIDE + dx]);
            if owner > 0u && (owner == KEPT) != is_kept { return FAR | (FAR << 8u); }
        }
    }
    return select(FAR, FAR << 8u, is_kept);
}

fn step_cost(side: u32, to: u32) -> u32 {
    if class_of(to) == OUTSIDE { return FAR; }
    if class_of(to) != TOUCHING { return 1u; }
    let a = vec3i(vec3u(side >> 24u, (side >> 16u) & 255u, (side >> 8u) & 255u));
    let b = vec3i(vec3u(to >> 24u, (to >> 16u) & 255u, (to >> 8u) & 255u));
    let d = abs(a - b);
    return 1u + min(u32(max(max(d.x, d.y), d.z)) / EDGE, STEEPEST);
}

fn relaxed(i: i32, side: i32, best: vec2u, turn: i32) -> vec2u {
    let there = costs[turn][side];
    return min(best, vec2u(there & 255u, there >> 8u) + step_cost(texels[side], texels[i]));
}

@compute @workgroup_size(16, 16)
fn main(
    @builtin(global_invocation_id) id: vec3u,
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let size = vec2i(textureDimensions(mask));
    let corner = vec2i(group.xy) * 16 - RIM;
    if lane == 0u { atomicStore(&seen, 0u); }
    workgroupBarrier();
    for (var i = i32(lane); i < SIDE * SIDE; i += 256) {
        texels[i] = load(corner + vec2i(i % SIDE, i / SIDE), size);
        atomicOr(&seen, 1u << class_of(texels[i]));
    }
    workgroupBarrier();
    if lane == 0u { all_seen = atomicLoad(&seen); }
    // One class alone has no borders.
    let classes_seen = workgroupUniformLoad(&all_seen) & 255u;
    let has_borders = countOneBits(classes_seen) > 1u || classes_seen == 1u << TOUCHING;
    if has_borders {
        for (var i = i32(lane); i < SIDE * SIDE; i += 256) { costs[0][i] = start(i); }
        for (var n = 0; n < STEPS; n++) {
            workgroupBarrier();
            for (var i = i32(lane); i < SIDE * SIDE; i += 256) {
                let here = costs[n % 2][i];
                var best = vec2u(here & 255u, here >> 8u);
                if i % SIDE > 0 { best = relaxed(i, i - 1, best, n % 2); }
                if i % SIDE < SIDE - 1 { best = relaxed(i, i + 1, best, n % 2); }
                if i >= SIDE { best = relaxed(i, i - SIDE, best, n % 2); }
                if i < SIDE * (SIDE - 1) { best = relaxed(i, i + SIDE, best, n % 2); }
                best = min(best, vec2u(FAR));
                costs[(n + 1) % 2][i] = best.x | (best.y << 8u);
            }
        }
        workgroupBarrier();
    }

    let at = vec2i(id.xy);
    if any(at >= size) { return; }
    let i = (at.y - corner.y) * SIDE + at.x - corner.x;
    let cost = select(FAR | (FAR << 8u), costs[STEPS % 2][i], has_borders);
    let is_nearer = is_reached(cost);
    let kind = class_of(texels[i]);
    let faded = f32(memory[FADED]) / f32(FADE);
    var owner = kind;
    if kind == TOUCHING {
        let others = cost >> 8u;
        owner = select(0u, OTHER, (others <= FARTHEST && others <= (cost & 255u)) || is_wide(i));
        owner = select(owner, KEPT, is_nearer);
    }
    if kind == REMEMBERED { owner = KEPT; }
    var weight = 0.0;
    if owner == FORMER { weight = 1.0 - faded; }
    if kind != REMEMBERED && (owner == KEPT || (kind == 0u && is_nearer)) { weight = faded; }
    owners[at.y * size.x + at.x] = owner;
    textureStore(kept, at, vec4f(weight * textureLoad(mask, at, 0).r, 0.0, 0.0, 0.0));
}
