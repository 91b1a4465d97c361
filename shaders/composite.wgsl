// The person before what is shown behind them, packed to YUYV.
// in:  YUYV words of the frame; alphas; room: R'G'B' of the blurred room; shown: R'G'B' of what is shown
// out: YUYV words:  P + (1 - alpha) shown,  P = clamp(I - (1 - alpha) room, 0, alpha)   (PICTURE step 10)
// P is the person alone, multiplied by alpha: the room's share of the edge pixels is taken out. P <= alpha
// bounds what of the room can be left. A pair that is all person keeps its bytes.

struct Params {
    coding: Coding,
    frame: vec2u,
    room_is_shown: u32,  // 1: both are the same picture, to be read once
    padding: u32,
}

@group(0) @binding(0) var<storage, read> yuyv: array<u32>;
@group(0) @binding(1) var<storage, read> alpha: array<u32>;
@group(0) @binding(2) var room: texture_2d<f32>;
@group(0) @binding(3) var shown: texture_2d<f32>;
@group(0) @binding(4) var<storage, read_write> packed: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

fn composite(colour: vec3f, a: f32, behind: vec3f, instead: vec3f) -> vec3f {
    let person = clamp(colour - (1.0 - a) * behind, vec3f(0.0), vec3f(a));
    return person + (1.0 - a) * instead;
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let words = vec2u(params.frame.x / 2u, params.frame.y);
    if any(id.xy >= words) { return; }
    let i = id.y * words.x + id.x;
    let alphas = alpha[i];
    if alphas == 0xffffffffu {
        packed[i] = yuyv[i];
        return;
    }
    let instead = seen_by_pair(shown, id.xy, params.frame);
    if alphas == 0u {
        packed[i] = pack_pair(params.coding, Pair(instead.a.rgb, instead.b.rgb));
        return;
    }
    var behind = instead;
    if params.room_is_shown == 0u { behind = seen_by_pair(room, id.xy, params.frame); }
    let a = unpack2x16unorm(alphas);
    let pair = unpack_pair(params.coding, yuyv[i]);
    packed[i] = pack_pair(params.coding, Pair(
        composite(pair.a, a.x, behind.a.rgb, instead.a.rgb),
        composite(pair.b, a.y, behind.b.rgb, instead.b.rgb),
    ));
}
