// The person before what is shown behind them, packed to YUYV.
// in:  YUYV words of the frame; alphas; room: R'G'B' of the blurred room; shown: R'G'B' of what is shown
// out: YUYV words:  P + (1 - alpha) shown,  P = clamp(I - (1 - alpha) room, 0, alpha)   (PICTURE step 10)
// P is the person alone, multiplied by alpha: the room's share of the edge pixels is taken out. P <= alpha
// bounds what of the room can be left. A pair that is all person keeps its bytes.
// A thread does one strip of words. ROOM_IS_SHOWN comes from lib: software Vulkan runs both sides of an if.

struct Params {
    coding: Coding,
    frame: vec2u,
    padding: vec2u,
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

@compute @workgroup_size(64, 1)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let width = params.frame.x / 2u;
    let texels = textureDimensions(shown);
    if id.x >= width || id.y > texels.y { return; }
    let strip = strip_of(id.xy, params.frame, texels);
    let above = across(shown, strip, strip.above);
    let below = across(shown, strip, strip.above + 1);
    for (var y = strip.first; y < strip.end; y++) {
        let instead = between(above, below, place(vec2u(0u, y), params.frame, texels).y - f32(strip.above));
        var behind = instead;
        if !ROOM_IS_SHOWN { behind = seen_by_pair(room, vec2u(id.x, y), params.frame); }
        let i = y * width + id.x;
        let a = unpack2x16unorm(alpha[i]);
        let pair = unpack_pair(params.coding, yuyv[i]);
        let mixed = pack_pair(params.coding, Pair(
            composite(pair.a, a.x, behind.a.rgb, instead.a.rgb),
            composite(pair.b, a.y, behind.b.rgb, instead.b.rgb),
        ));
        packed[i] = select(mixed, yuyv[i], alpha[i] == 0xffffffffu);
    }
}
