// The box around the person that the second look takes, and whether it takes one.
// in:  blocks of the last frame's mask (person_blocks.wgsl); workgroups: of each dispatch of the second look
// inout: box: left, top, right, bottom in pixels of the frame, all 0 without a box; 1 if there is one;
//      1 if there is a last frame
// out: dispatches: x, y, z for each dispatch: its workgroups, or zeros if this frame does not look twice
// The person is every part of LEAST texels and more; a part is a set of blocks with person that touch each
// other, corners included. What the person needs is a box around them with ROOM (at least NEED) of its longer
// side added all round, of an aspect LOW to HIGH, shifted into the frame. A new box is that, with its edges moved
// out to multiples of `grid`. A box stays until the person with NEED no longer fits into it, or it is LOOSE times
// as large as a new one would be before that.
// Where nobody was in the last frame, the box is the whole frame. There is none in the first frame, and in one that
// differs by more than CUT from the one before.
// Measured on real people: docs/PICTURE.md, "A second look".
// Labels form trees as in islands.wgsl, whose root is the first block of a part; a block without person has none. One
// workgroup does it all, and the GPU waits for it: so no lane works alone for long, and what is read often is in
// workgroup memory.

const THREADS = 256u;
const BLOCKS = 2432u;
const LEAST = 60u;
const ROOM = 0.14;
const NEED = 0.06;
const LOW = 0.8;
const HIGH = 1.3;
const LOOSE = 1.5;
const CUT = 0.08;
const SLACK = 1.0;      // pixels by which a box may be too small
const NONE = 0xffffffffu;

struct Params {
    frame: vec2f,       // pixels
    mask: vec2f,        // texels
    blocks: vec2u,
    edge: u32,          // texels along a side of a block
    grid: f32,          // pixels
}

@group(0) @binding(0) var<storage, read> blocks: array<vec2u>;
@group(0) @binding(1) var<storage, read> workgroups: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> box: array<f32>;
@group(0) @binding(3) var<storage, read_write> dispatches: array<u32>;
@group(0) @binding(4) var<storage, read> params: Params;

var<workgroup> labels: array<atomic<u32>, BLOCKS>;
var<workgroup> areas: array<atomic<u32>, 1216>;     // texels of two parts a word: none has 2^16
var<workgroup> changes: array<f32, THREADS>;
var<workgroup> low_x: atomic<u32>;                   // the person's first and last column and row, in texels
var<workgroup> low_y: atomic<u32>;
var<workgroup> high_x: atomic<u32>;
var<workgroup> high_y: atomic<u32>;
var<workgroup> looks: u32;

fn has_person(i: u32) -> bool { return atomicLoad(&labels[i]) != NONE; }

fn area_of(root: u32) -> u32 {
    return (atomicLoad(&areas[root / 2u]) >> (16u * (root % 2u))) & 0xffffu;
}

fn area(b: vec4f) -> f32 { return (b.z - b.x) * (b.w - b.y); }

// The box that a person between these edges needs, with `room` around them.
fn needed(person: vec4f, room: f32) -> vec4f {
    let frame = params.frame;
    let side = room * max(person.z - person.x, person.w - person.y);
    var b = person + vec4f(-side, -side, side, side);
    let size = b.zw - b.xy;
    let more = 0.5 * max(vec2f(LOW * size.y - size.x, size.x / HIGH - size.y), vec2f(0.0));
    b += vec4f(-more, more);
    if b.w > frame.y { b = vec4f(b.x, b.y - (b.w - frame.y), b.z, frame.y); }
    if b.y < 0.0 { b = vec4f(b.x, 0.0, b.z, min(frame.y, b.w - b.y)); }
    if b.x < 0.0 { b = vec4f(0.0, b.y, b.z - b.x, b.w); }
    if b.z > frame.x { b = vec4f(max(0.0, b.x - (b.z - frame.x)), b.y, frame.x, b.w); }
    return b;
}

// The box for this frame, from the one before.
fn next(before: vec4f, person: vec4f) -> vec4f {
    let need = needed(person, NEED);
    let wanted = needed(person, ROOM);
    let fits = all(need.xy >= before.xy - SLACK) && all(need.zw <= before.zw + SLACK);
    if fits && area(before) <= LOOSE * area(wanted) { return before; }
    let grid = params.grid;
    return vec4f(floor(wanted.xy / grid) * grid, min(ceil(wanted.zw / grid) * grid, params.frame));
}

@compute @workgroup_size(256, 1)
fn main(@builtin(local_invocation_index) lane: u32) {
    let count = params.blocks.x * params.blocks.y;
    let width = params.blocks.x;
    var change = 0.0;
    for (var i = lane; i < count; i += THREADS) {
        let block = blocks[i];
        atomicStore(&labels[i], select(NONE, i, block.x != 0u));
        atomicStore(&areas[i / 2u], 0u);
        change += bitcast<f32>(block.y);
    }
    changes[lane] = change;
    if lane == 0u {
        atomicStore(&low_x, NONE);
        atomicStore(&low_y, NONE);
        atomicStore(&high_x, 0u);
        atomicStore(&high_y, 0u);
    }
    workgroupBarrier();
    for (var i = lane; i < count; i += THREADS) {
        if has_person(i) {
            let x = i % width;
            let has_left = x > 0u && has_person(i - 1u);
            if i >= width && has_person(i - width) {
                // Its neighbours touch it, too, and join it themselves.
                join(i, i - width);
            } else {
                if has_left { join(i, i - 1u); }
                if i >= width && x > 0u && !has_left && has_person(i - width - 1u) { join(i, i - width - 1u); }
                if i >= width && x + 1u < width && has_person(i - width + 1u) { join(i, i - width + 1u); }
            }
        }
    }
    // As in lib/sum.wgsl, which would take more workgroup memory than is left.
    if lane < 16u {
        var sum = 0.0;
        for (var i = lane; i < THREADS; i += 16u) { sum += changes[i]; }
        changes[lane] = sum;
    }
    workgroupBarrier();
    for (var i = lane; i < count; i += THREADS) {
        if has_person(i) {
            let root = root_of(i);
            atomicStore(&labels[i], root);
            atomicAdd(&areas[root / 2u], (blocks[i].x & 0x1ffu) << (16u * (root % 2u)));
        }
    }
    workgroupBarrier();
    var low = vec2u(NONE);
    var high = vec2u(0u);
    for (var i = lane; i < count; i += THREADS) {
        if has_person(i) && area_of(atomicLoad(&labels[i])) >= LEAST {
            let block = blocks[i].x;
            let first = params.edge * vec2u(i % width, i / width);
            low = min(low, first + ((vec2u(block) >> vec2u(9u, 17u)) & vec2u(15u)));
            high = max(high, first + ((vec2u(block) >> vec2u(13u, 21u)) & vec2u(15u)) + 1u);
        }
    }
    if high.x > 0u {
        atomicMin(&low_x, low.x);
        atomicMax(&high_x, high.x);
        atomicMin(&low_y, low.y);
        atomicMax(&high_y, high.y);
    }
    workgroupBarrier();
    if lane == 0u {
        var total = 0.0;
        for (var i = 0u; i < 16u; i++) { total += changes[i]; }
        let is_cut = box[5] == 0.0 || !(total <= CUT * params.mask.x * params.mask.y);
        var b = vec4f(vec2f(0.0), params.frame);
        if is_cut {
            b = vec4f(0.0);
        } else if atomicLoad(&high_x) > 0u {
            let texels = vec4u(atomicLoad(&low_x), atomicLoad(&low_y), atomicLoad(&high_x), atomicLoad(&high_y));
            let person = vec4f(texels) * (params.frame / params.mask).xyxy;
            b = next(vec4f(box[0], box[1], box[2], box[3]), person);
        }
        box[0] = b.x;
        box[1] = b.y;
        box[2] = b.z;
        box[3] = b.w;
        box[4] = select(1.0, 0.0, is_cut);
        box[5] = 1.0;
        looks = select(1u, 0u, is_cut);
    }
    let factor = workgroupUniformLoad(&looks);
    for (var i = lane; i < arrayLength(&workgroups); i += THREADS) {
        dispatches[3u * i] = factor * workgroups[i].x;
        dispatches[3u * i + 1u] = factor * workgroups[i].y;
        dispatches[3u * i + 2u] = factor;
    }
}
