// The person before what is shown behind them, packed to YUYV.
// in:  YUYV words of the frame; alphas; room: R'G'B' of the blurred room; shown: R'G'B' of what is shown
// out: YUYV words:  P + (1 - alpha) shown,  P = clamp(I - (1 - alpha) room, 0, alpha)   (PICTURE step 10)
// I needs no clamp: with B in 0..1 the clamp of P does it. P is the person alone, multiplied by alpha: the room's share of the edge pixels is taken out. P <= alpha
// bounds what of the room can be left. A pair that is all person keeps its bytes.
// A thread does a strip of one or four words (U, F: lib/quads.wgsl). ROOM_IS_SHOWN comes from lib: software Vulkan runs both sides of an if.

struct Params {
    coding: Coding,
    frame: vec2u,
    texels: vec2u,   // of what is shown
}

@group(0) @binding(0) var<storage, read> yuyv: array<U>;
@group(0) @binding(1) var<storage, read> alpha: array<U>;
@group(0) @binding(2) var room: texture_storage_2d<rgba16float, read>;
@group(0) @binding(3) var shown: texture_storage_2d<rgba16float, read>;
@group(0) @binding(4) var<storage, read_write> packed: array<U>;
@group(0) @binding(5) var<uniform> params: Params;

const ROOM = 0u;
const SHOWN = 1u;

fn texel(plane: u32, at: vec2i) -> vec4f {
    if plane == ROOM { return textureLoad(room, at); }
    return textureLoad(shown, at);
}

fn composite(colour: F, a: F, behind: F, instead: F) -> F {
    if ROOM_IS_SHOWN { // the same, in fewer steps
        let room = (1.0 - a) * instead;
        return clamp(colour, room, a + room);
    }
    return clamp(colour - (1.0 - a) * behind, F(0.0), a) + (1.0 - a) * instead;
}

fn composites(colour: Colours, a: F, behind: Texels, instead: Texels) -> Colours {
    return Colours(
        composite(colour.r, a, behind.r, instead.r),
        composite(colour.g, a, behind.g, instead.g),
        composite(colour.b, a, behind.b, instead.b),
    );
}

// What the words of row y see of the room.
fn seen_of_room(x: u32, y: u32) -> Seen {
    let texels = textureDimensions(room);
    let at = place(vec2u(0u, y), params.frame, texels).y;
    let strip = strip_of(vec2u(x, 0u), params.frame, texels);
    return seen_at(slope_of(ROOM, texels, strip, i32(floor(at))), at - floor(at));
}

@compute @workgroup_size(32, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / (2u * WORDS);
    let texels = params.texels;
    if id.x >= width || id.y > texels.y { return; }
    let strip = strip_of(id.xy, params.frame, texels);
    let slope = slope_of(SHOWN, texels, strip, strip.above);
    for (var y = strip.first; y < strip.end; y++) {
        let instead = seen_at(slope, place(vec2u(0u, y), params.frame, texels).y - f32(strip.above));
        var behind = instead;
        if !ROOM_IS_SHOWN { behind = seen_of_room(id.x, y); }
        let i = y * width + id.x;
        let a = alpha[i];
        var bytes = U(0u);
        if any(a != U(0u)) { bytes = yuyv[i]; } // most of a frame is all room, and not read
        let left = composites(left_of(params.coding, bytes), lower_unit(a), behind.left, instead.left);
        let right = composites(right_of(params.coding, bytes), upper_unit(a), behind.right, instead.right);
        packed[i] = select(packed_pairs(params.coding, left, right), bytes, a == U(0xffffffffu));
    }
}
