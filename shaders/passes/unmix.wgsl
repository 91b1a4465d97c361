// The frame with the blurred background behind the person's edge in place of the learnt room: what effects take out of
// the edge is the blurred background, so they take out the room itself then.
// in:  YUYV words of the frame I; alpha; backdrop: R'G'B' 0..1 of the blurred background B, bilinear; the learnt room
//      (lib/plate.wgsl): its colours M and how far they are known, k
// out: YUYV words of I + (1 - alpha) k (B - M) where 0 < alpha < 1 in a pixel of the pair; the frame's own elsewhere
// So I' - (1 - alpha) B = I - (1 - alpha) mix(B, M, k), which is P of docs/PICTURE.md, step 10, before it is clamped.
// A thread takes a strip of one or four words (U, F: lib/vec4.wgsl).

struct Params {
    coding: Coding,
    frame: vec2u,
    cells: vec2u,   // of the mask
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> alpha: array<U>;
@group(0) @binding(2) var backdrop: texture_storage_2d<rgba16float, read>;
@group(0) @binding(3) var<storage, read_write> packed: array<U>;
@group(0) @binding(4) var<storage, read> plate: array<U>;
@group(0) @binding(5) var<storage, read> counts: array<u32>;
@group(0) @binding(6) var<storage, read> status: Status;
@group(0) @binding(7) var<storage, read> room_light: array<f32, 12>;
@group(0) @binding(8) var<storage, read> params: Params;

fn texel(plane: u32, at: vec2i) -> vec4f { return textureLoad(backdrop, at); }

fn unmixed(colour: Colours, a: F, behind: Texels, room: Colours, k: F) -> Colours {
    let share = (1.0 - a) * k;
    return Colours(
        colour.r + share * (behind.r - room.r),
        colour.g + share * (behind.g - room.g),
        colour.b + share * (behind.b - room.b),
    );
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / (2u * WORDS);
    let texels = textureDimensions(backdrop);
    if id.x >= width || id.y > texels.y { return; }
    let strip = strip_of(id.xy, params.frame, texels);
    let lerp = lerp_of(0u, texels, strip, strip.above);
    let gain = gain_of(status.gain);
    for (var y = strip.first; y < strip.end; y++) {
        let i = y * width + id.x;
        let a = alpha[i];
        let bytes = yuyv[i];
        let is_whole = (a == U(0u)) | (a == U(0xffffffffu));
        if all(is_whole) {
            packed[i] = bytes;
            continue;
        }
        let behind = sample_at(lerp, place(vec2u(0u, y), params.frame, texels).y - f32(strip.above));
        let known = known_at(2u * WORDS * id.x, y, params.frame, params.cells);
        let strips = width * params.frame.y;
        let left_room = plate_left(params.coding, i, strips, gain);
        let right_room = plate_right(params.coding, i, strips, gain);
        let left = unmixed(left_of(params.coding, bytes), lower_unit(a), behind.left, left_room, known.left);
        let right = unmixed(right_of(params.coding, bytes), upper_unit(a), behind.right, right_room, known.right);
        packed[i] = select(packed_pairs(params.coding, left, right), bytes, is_whole);
    }
}
