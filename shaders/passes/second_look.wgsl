// The mask of the whole frame, and inside the person's box what a second model saw there.
// in:  mask p 0..1 over the frame; close p 0..1 over the box; box (person_box.wgsl)
// out: p 0..1 over the frame: sigmoid((1 - k) logit(mask) + k logit(close)) with
//      k = WEIGHT smoothstep(0, RAMP, d), d the distance from the box's nearest edge in texels of the mask; edges on
//      the frame's own do not count.  The mask where k is 0, and everywhere in a frame that is looked at once
// p is clamped to .002 ... .998 before, so what one is sure of is still for the other to doubt. Where both are sure
// of opposite things, the closer look decides: a mean would be nobody's answer. A texel covers several of `close`: the
// mean of four bilinear samples stands for them.
// Measured on real people: docs/PICTURE.md, "A second look".

const WEIGHT = 0.6;
const RAMP = 4.0;
const DOUBT = 0.002;
const FAR = 1e6;

struct Params {
    frame: vec2f,       // pixels
}

@group(0) @binding(0) var mask: texture_2d<f32>;
@group(0) @binding(1) var close: texture_2d<f32>;
@group(0) @binding(2) var<storage, read> box: array<f32>;
@group(0) @binding(3) var seen: texture_storage_2d<r32float, write>;
@group(0) @binding(4) var<storage, read> params: Params;

fn logit(p: f32) -> f32 {
    let clear = clamp(p, DOUBT, 1.0 - DOUBT);
    return log(clear / (1.0 - clear));
}

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = textureDimensions(mask);
    if any(id.xy >= size) { return; }
    let p = textureLoad(mask, id.xy, 0).r;
    let corner = vec2f(box[0], box[1]);
    let opposite = vec2f(box[2], box[3]);
    let texel = params.frame / vec2f(size);
    let at = (vec2f(id.xy) + 0.5) * texel;
    let before = select((at - corner) / texel, vec2f(FAR), corner <= vec2f(0.0));
    let behind = select((opposite - at) / texel, vec2f(FAR), opposite >= params.frame);
    let near = min(before, behind);
    let k = WEIGHT * smoothstep(0.0, RAMP, min(near.x, near.y));
    var mixed = p;
    // A loop, which ends early where no texel needs it (llvmpipe idiom 11).
    for (var left = select(0u, 1u, box[4] > 0.0 && k > 0.0); left > 0u; left--) {
        let scale = vec2f(textureDimensions(close)) / (opposite - corner);
        let q = (at - corner) * scale - 0.5;
        let apart = 0.25 * texel * scale;
        let sum = bilinear(close, q - apart).r + bilinear(close, q + vec2f(apart.x, -apart.y)).r
            + bilinear(close, q + vec2f(-apart.x, apart.y)).r + bilinear(close, q + apart).r;
        mixed = 1.0 / (1.0 + exp(-mix(logit(p), logit(0.25 * sum), k)));
    }
    textureStore(seen, id.xy, vec4f(mixed, 0.0, 0.0, 0.0));
}
